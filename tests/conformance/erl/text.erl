%% SPDX-License-Identifier: GPL-2.0-or-later
%% A value as a line of text, the same that tests/conformance/text.c writes of
%% ours, and what its encoding exercises, counted. The state is the process's:
%% the counts.
%%
%%   {a=1,b=T}   SEQUENCE       a:1    CHOICE        [1,2]  SEQUENCE OF
%%   0aff        OCTET STRING   0a/4   BIT STRING, bits unused at its end
%%   "303132"    strings, octets of their characters (two in a BMPString)
%%   0.0.8  label  T  F  N      *0a    open type, an encoding
%%   ?2          an addition or alternative the older type does not know
-module(text).
-export([of_value/2, of_value/3, counts/0, kinds/0]).

%% what must have been exercised; see saw/1's callers
kinds() ->
    [sequence_empty, sequence_maximal, addition, group, alternative_added,
     enumeral_added, list_empty, list_maximal, size_within_marker,
     size_outside_marker, value_within_marker, value_outside_marker,
     integer_semi_constrained, integer_unconstrained, integer_negative,
     integer_over_16_bits, integer_over_32_bits, alphabet, alphabet_remapped,
     string_maximal, octets_above_16K, bits_above_16K, characters_above_16K,
     list_above_16K, open_type, nested_message].

counts() ->
    case get(counts) of undefined -> #{}; C -> C end.

saw(What) ->
    put(counts, maps:update_with(What, fun(N) -> N + 1 end, 1, counts())).

saw(What, true) -> saw(What);
saw(_, false) -> ok.

of_value(Type, V) -> iolist_to_binary(text(Type, V)).

%% As a reader sees it who only knows an older form of the type.
of_value(Type, Older, V) -> iolist_to_binary(older(Type, Older, V)).

text({ref, R}, V) -> text(schema:find(R), V);
text(null, 'NULL') -> "N";
text(bool, true) -> "T";
text(bool, false) -> "F";
text(oid, V) ->
    lists:join($., [integer_to_list(N) || N <- tuple_to_list(V)]);
text({open, {M, N}}, V) ->
    saw(open_type),
    {ok, B} = M:encode(N, V),
    [$*, hex(B)];
text({int, _, _, _, Names} = T, V) when is_atom(V) ->
    {V, N} = lists:keyfind(V, 1, Names),
    text(T, N);
text({int, L, U, E, _}, V) ->
    saw(integer_semi_constrained, L =/= none andalso U =:= none),
    saw(integer_unconstrained, L =:= none),
    saw(integer_negative, V < 0),
    saw(integer_over_16_bits, abs(V) >= 1 bsl 16),
    saw(integer_over_32_bits, abs(V) >= 1 bsl 32),
    saw(value_outside_marker, E andalso (V < L orelse V > U)),
    saw(value_within_marker, E andalso V >= L andalso V =< U),
    integer_to_list(V);
text({enum, _, Adds, _}, V) ->
    saw(enumeral_added, lists:member(V, Adds)),
    atom_to_list(V);
text({bits, S}, V) ->
    N = bit_size(V),
    sized(S, N, bits_above_16K),
    Unused = -N band 7,
    [hex(<<V/bits, 0:Unused>>), $/, integer_to_list(Unused)];
text({octets, S}, V) ->
    sized(S, byte_size(V), octets_above_16K),
    hex(V);
text({chars, S, Alphabet}, V) ->
    sized(S, length(V), characters_above_16K),
    saw(alphabet, length(Alphabet) < 128),
    saw(alphabet_remapped, length(Alphabet) =< 16),
    [$", hex(list_to_binary(V)), $"];
text({bmp, S}, V) ->
    sized(S, length(V), characters_above_16K),
    [$", hex(<< <<(unit(C)):16>> || C <- V >>), $"];
text(text, V) ->
    [$", hex(list_to_binary(V)), $"];
text(utf8, V) ->
    [$", hex(V), $"];
text({list, S, T}, V) ->
    N = length(V),
    saw(list_empty, N =:= 0),
    saw(list_maximal, N =:= element(2, S)),
    sized(S, N, list_above_16K),
    [$[, lists:join($,, [text(T, X) || X <- V]), $]];
text({seq, E, Root, Adds}, V) ->
    saw(sequence_empty, V =:= #{} andalso (E orelse Root =/= [])),
    saw(sequence_maximal, map_size(V) > 1 andalso
        map_size(V) =:= members(Root) + members(Adds)),
    [${, lists:join($,, fields(Root, V) ++ additions(Adds, V)), $}];
text({choice, _, Root, Adds}, {Name, V}) ->
    case lists:keyfind(Name, 1, Root) of
        {_, T} -> ok;
        false ->
            {_, T} = lists:keyfind(Name, 1, Adds),
            saw(alternative_added)
    end,
    [atom_to_list(Name), $:, text(T, V)].

sized({_, U, E}, N, Above) ->
    saw(Above, N >= 16384),
    saw(string_maximal, N =:= U),
    saw(size_outside_marker, E andalso N > U),
    saw(size_within_marker, E andalso N =< U).

members(L) ->
    lists:sum([case M of {'[[', _, G} -> length(G); _ -> 1 end || M <- L]).

fields(Members, V) ->
    [[atom_to_list(Name), $=, text(T, maps:get(Name, V))] ||
        {Name, _, T} <- Members, carries(Name, V), is_map_key(Name, V)].

carries(Name, V) ->
    saw(nested_message, is_map_key(Name, V) andalso
        lists:member(Name, [fastStart, h245Control, parallelH245Control])),
    true.

%% a group is what it is on the wire: one field, a SEQUENCE
additions([{'[[', No, Members} | T], V) ->
    case fields(Members, V) of
        [] -> additions(T, V);
        Fields ->
            saw(group),
            [["group", integer_to_list(No), "={", lists:join($,, Fields), $}]
             | additions(T, V)]
    end;
additions([H | T], V) ->
    F = fields([H], V),
    saw(addition, F =/= []),
    F ++ additions(T, V);
additions([], _) -> [].

older({ref, R}, Older, V) -> older(schema:find(R), Older, V);
older(Type, {ref, R}, V) -> older(Type, schema:find(R), V);
older({seq, _, _, Adds}, {seq, _, Root, Known}, V) ->
    New = lists:nthtail(length(Known), Adds),
    Unknown = [[$?, integer_to_list(I)] ||
               {I, X} <- lists:zip(lists:seq(length(Known),
                                             length(Adds) - 1), New),
               additions([X], V) =/= []],
    [saw(unknown_addition) || _ <- Unknown],
    [${, lists:join($,, fields(Root, V) ++ additions(Known, V) ++ Unknown),
     $}];
older({choice, _, _, Adds}, {choice, _, _, Known} = Older, {Name, _} = V) ->
    New = lists:nthtail(length(Known), Adds),
    case lists:keymember(Name, 1, New) of
        false -> text(Older, V);
        true ->
            saw(unknown_alternative),
            Names = [N || {N, _} <- Adds],
            [$?, integer_to_list(index(Name, Names, 0))]
    end;
older({enum, Root, Adds, _}, {enum, _, Known, _} = Older, V) ->
    case lists:member(V, lists:nthtail(length(Known), Adds)) of
        false -> text(Older, V);
        true ->
            saw(unknown_enumeral),
            [$?, integer_to_list(index(V, Root ++ Adds, 0))]
    end.

index(X, [X | _], N) -> N;
index(X, [_ | T], N) -> index(X, T, N + 1).

unit({0, 0, H, L}) -> H bsl 8 bor L;
unit(C) -> C.

hex(B) -> binary:encode_hex(B).
