<?xml version="1.0" encoding="UTF-8"?>
<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
<!-- How the reference becomes a page of HTML, and that a README -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
	<xsl:import href="http://docbook.sourceforge.net/release/xsl/current/html/docbook.xsl"/>
	<xsl:param name="section.autolabel" select="1"/>
	<xsl:param name="chapter.autolabel" select="1"/>
	<xsl:param name="toc.section.depth" select="2"/>
	<xsl:param name="generate.id.attributes" select="0"/>
	<xsl:param name="generate.consistent.ids" select="1"/>
	<xsl:param name="generate.toc">book toc</xsl:param>
</xsl:stylesheet>
