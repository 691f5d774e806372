%% SPDX-License-Identifier: GPL-2.0-or-later
%% What Erlang/OTP's codec is known to do wrong. Each fault is looked for with a
%% value of its own before a run; where it is there, values keep away from it
%% (and are counted), where it is not, nothing is left out. Two more are kept away
%% from by what EXTENSIONS.asn1 is like: additions behind a group of additions
%% are taken for the group's, and the length of a bitmap of more than 64 is not
%% aligned (X.691 11.9.3.4); a third, an INTEGER of one value (its decoder takes
%% bits for it that are not there), no module here has. No state.
-module(faults).
-export([known/0, there/0]).

%% {Name, what X.691 says and what this one does, is it there?}
known() ->
    M = 'EXTENSIONS',
    [{empty_string,
      "a string whose size has both bounds and which has no characters takes "
      "no bits after its length (X.691 11.9.3.3, 30.5.7): it is aligned all "
      "the same",
      fun() ->
          M:encode('AroundString', #{a => true, s => "", b => true})
              =/= {ok, <<2#10000001>>}
      end},
     {setup_lost,
      "erlc's optimization by types makes of the generated encoder of Setup one "
      "that returns hopCount's octets alone (hence erlc +no_type_opt)",
      fun() ->
          {ok, B} = 'H323-MESSAGES':encode('Setup-UUIE', setup()),
          byte_size(B) < 20
      end},
     {long_text,
      "a GeneralString of more than 16K goes on behind its first fragment (X.691 "
      "11.9.3.8): its decoder leaves the last one out",
      fun() ->
          L = lists:duplicate(16385, $a),
          {ok, B} = M:encode('LongText', L),
          M:decode('LongText', B) =/= {ok, L}
      end},
     {optional_group,
      "a group of additions which all are OPTIONAL is there when one of them is "
      "(X.691 19.9): its encoder, with the option maps, leaves it out",
      fun() ->
          M:encode('GroupOptional', #{a => true, b => true})
              =/= {ok, <<16#C0, 16#C0, 1, 16#A0>>}
      end}].

setup() ->
    #{protocolIdentifier => {0, 0, 8},
      sourceInfo => #{mc => false, undefinedNode => false},
      activeMC => false, conferenceID => <<0:128>>,
      conferenceGoal => {join, 'NULL'}, callType => {pointToPoint, 'NULL'},
      hopCount => 27}.

there() -> [Name || {Name, _, There} <- known(), There()].
