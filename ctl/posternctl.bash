# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for posternctl(1)
_posternctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local commands='status sessions session registrations calls tail close drain
		agents agent services service h323'

	case $prev in
	-r|--relay|-s|--store|-H|--h323gw)
		COMPREPLY=($(compgen -f -- "$cur"))
		return ;;
	agent)
		COMPREPLY=($(compgen -W 'add set revoke' -- "$cur"))
		return ;;
	h323)
		COMPREPLY=($(compgen -W 'status endpoints calls upstream unregister
			disconnect secrets secret forget' -- "$cur"))
		return ;;
	service)
		COMPREPLY=($(compgen -W 'open close' -- "$cur"))
		return ;;
	drain)
		COMPREPLY=($(compgen -W 'on off' -- "$cur"))
		return ;;
	session|close)
		COMPREPLY=($(compgen -W "$(posternctl --json sessions 2>/dev/null |
			sed -n 's/^ *"id": "\([^"]*\)".*/\1/p')" -- "$cur"))
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '--relay --store --h323gw --json --all --limit --certificate --bandwidth
			--version --help' -- "$cur"))
	else
		COMPREPLY=($(compgen -W "$commands" -- "$cur"))
	fi
}
complete -F _posternctl posternctl
