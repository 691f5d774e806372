%% SPDX-License-Identifier: GPL-2.0-or-later
%% The types of ASN.1 modules as plain terms, from the .asn1db files that
%% Erlang/OTP's compiler leaves beside what it compiled. All that is peculiar to
%% those files is known here. The terms:
%%
%%   null | bool | oid
%%   {open, {Module, Name}}               an open type, of this type always
%%   {int, Lb, Ub, Extensible, Names}     a bound may be none
%%   {enum, Root, Additions, Extensible}  labels
%%   {bits, Size} | {octets, Size}        Size: {Lb, Ub | none, Extensible}
%%   {chars, Size, Alphabet}              known-multiplier strings
%%   {bmp, Size} | text | utf8            text: one octet a character
%%   {list, Size, Type}
%%   {seq, Extensible, Root, Additions}   [{Name, optional | mandatory, Type}],
%%                                        an addition also {'[[', No, Members}
%%   {choice, Extensible, Root, Additions} [{Name, Type}]
%%   {ref, {Module, Name}}
%%
%% The state is one persistent term, set by load/2.
-module(schema).
-export([load/2, find/1, names/1, depth/1, asn1_size/1]).

load(Dir, Modules) ->
    Types = maps:from_list(lists:append([module(Dir, M) || M <- Modules])),
    persistent_term:put({?MODULE, types}, Types),
    persistent_term:put({?MODULE, depths}, depths(Types)).

find(Ref) -> maps:get(Ref, persistent_term:get({?MODULE, types}), none).

names(Module) ->
    [N || {M, N} <- maps:keys(persistent_term:get({?MODULE, types})),
          M =:= Module].

%% how many values lie within each other at least: what ends a recursion
depth(Type) -> depth(Type, persistent_term:get({?MODULE, depths})).

module(Dir, Module) ->
    {ok, T} = ets:file2tab(filename:join(Dir, atom_to_list(Module)) ++
                           ".asn1db"),
    All = ets:tab2list(T),
    ets:delete(T),
    [{{Module, Name}, type(Type)} ||
        {Name, {typedef, _, _, Name, Type}} <- All, not built_in(Name)].

%% each module's file has these too
built_in(Name) ->
    lists:member(Name, ['EXTERNAL', 'EMBEDDED PDV', 'CHARACTER STRING']).

type({type, _, Def, Constraints, _, _}) -> def(Def, Constraints).

def({'Externaltypereference', _, M, N}, _) -> {ref, {M, N}};
def('NULL', _) -> null;
def('BOOLEAN', _) -> bool;
def('OBJECT IDENTIFIER', _) -> oid;
def('INTEGER', C) -> integer(C, []);
def({'INTEGER', Names}, C) -> integer(C, Names);
def({'ENUMERATED', {Root, Adds}}, _) ->
    {enum, labels(Root), labels(Adds), true};
def({'ENUMERATED', Root}, _) -> {enum, labels(Root), [], false};
def({'BIT STRING', []}, C) -> {bits, asn1_size(C)};
def('OCTET STRING', C) -> {octets, asn1_size(C)};
def('IA5String', C) -> chars(C, lists:seq(0, 127));
def('VisibleString', C) -> chars(C, lists:seq(32, 126));
def('PrintableString', C) ->
    chars(C, " '()+,-./0123456789:=?ABCDEFGHIJKLMNOPQRSTUVWXYZ"
             "abcdefghijklmnopqrstuvwxyz");
def('NumericString', C) -> chars(C, " 0123456789");
def('BMPString', C) -> {bmp, asn1_size(C)};
def('GeneralString', _) -> text;
def('ObjectDescriptor', _) -> text;
def('UTF8String', _) -> utf8;
def({'SEQUENCE OF', T}, C) -> {list, asn1_size(C), type(T)};
def({'SET OF', T}, C) -> {list, asn1_size(C), type(T)};
def({'SEQUENCE', _, _, _, {Root, Adds}}, _) ->
    {seq, true, [member(X) || X <- Root], additions(Adds)};
def({'SEQUENCE', _, _, _, Root}, _) ->
    {seq, false, [member(X) || X <- Root], []};
def({'CHOICE', {Root, Adds}}, _) ->
    {choice, true, [alternative(X) || X <- Root],
     [alternative(X) || X <- Adds]};
def({'CHOICE', Root}, _) ->
    {choice, false, [alternative(X) || X <- Root], []};
def({'ObjectClassFieldType', _, _, _, 'ASN1_OPEN_TYPE'},
    [{'Externaltypereference', _, M, N}]) -> {open, {M, N}};
def(Other, C) -> error({unknown_type, Other, C}).

labels(L) -> [N || {N, _} <- L].

member({'ComponentType', _, Name, T, mandatory, _, _}) ->
    {Name, mandatory, type(T)};
member({'ComponentType', _, Name, T, 'OPTIONAL', _, _}) ->
    {Name, optional, type(T)}.

alternative({'ComponentType', _, Name, T, _, _, _}) -> {Name, type(T)}.

additions([{'ExtensionAdditionGroup', No} | T]) ->
    {Members, [_End | Rest]} =
        lists:splitwith(fun(X) -> is_tuple(X) end, T),
    [{'[[', No, [member(M) || M <- Members]} | additions(Rest)];
additions([H | T]) -> [member(H) | additions(T)];
additions([]) -> [].

integer([], Names) -> {int, none, none, false, Names};
integer([{'ValueRange', {L, U}}], Names) ->
    {int, bound(L), bound(U), false, Names};
integer([{{'ValueRange', {L, U}}, _}], Names) ->
    {int, bound(L), bound(U), true, Names}.

bound(N) when is_integer(N) -> N;
bound(_) -> none.

asn1_size(C) ->
    case lists:keyfind('SizeConstraint', 1, C) of
        {_, {{L, U}, _}} -> {L, bound(U), true};
        {_, {L, U}} -> {L, bound(U), false};
        false -> {0, none, false}
    end.

chars(C, All) ->
    case lists:keyfind('PermittedAlphabet', 1, C) of
        {_, {'SingleValue', Some}} -> {chars, asn1_size(C), Some};
        false -> {chars, asn1_size(C), All}
    end.

%% least depths of the named types: lower bounds, raised until none changes
depths(Types) ->
    depths(Types, maps:map(fun(_, _) -> infinite end, Types)).

depths(Types, D0) ->
    D = maps:map(fun(_, T) -> depth(T, D0) end, Types),
    if D =:= D0 -> D;
       true -> depths(Types, D)
    end.

%% an atom is more than any number
depth({ref, R}, D) -> deeper(maps:get(R, D));
depth({seq, _, Root, _}, D) ->
    deeper(lists:max([0 | [depth(T, D) || {_, mandatory, T} <- Root]]));
depth({choice, _, Root, Adds}, D) ->
    deeper(lists:min([depth(T, D) || {_, T} <- Root ++ Adds]));
depth({open, R}, D) -> deeper(maps:get(R, D));
depth({list, {0, _, _}, _}, _) -> 0;
depth({list, _, T}, D) -> deeper(depth(T, D));
depth(_, _) -> 0.

deeper(infinite) -> infinite;
deeper(N) -> N + 1.
