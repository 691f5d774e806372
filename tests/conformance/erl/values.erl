%% SPDX-License-Identifier: GPL-2.0-or-later
%% Random values of a type (schema.erl), as Erlang/OTP's codec takes them with
%% its option "maps". Each value has a temper of its own, drawn first: how often
%% optional fields are there, how long strings are, how much there is in all. The
%% state is the process's: rand's, and the rest of the budget.
-module(values).
-export([value/2, turn_away/1, turned_away/0]).

%% Avoid: the faults of this Erlang (faults.erl) which a value must not touch
value(Type, #{budget := Most} = Opts) ->
    Budget = case rand:uniform(20) of
                 1 -> Most * 10;
                 N -> max(4, Most * N div 20)
             end,
    put(budget, Budget),
    Often = case rand:uniform(8) of
                1 -> 0;
                2 -> 100;
                _ -> rand:uniform(90)
            end,
    value(Type, 0, Opts#{often => Often, long => rand:uniform(20) =:= 1}).

%% how many times a value was not what it would have been
turned_away() ->
    case get(turned_away) of undefined -> #{}; M -> M end.

turn_away(Fault) ->
    put(turned_away, maps:update_with(Fault, fun(N) -> N + 1 end, 1,
                                      turned_away())).

spend(N) -> put(budget, get(budget) - N).

%% nothing left to spend: only what must be
lean(Depth) -> Depth > 40 orelse get(budget) =< 0.

chance(Percent) -> rand:uniform(100) =< Percent.

pick(L) -> lists:nth(rand:uniform(length(L)), L).

between(L, U) -> L + rand:uniform(U - L + 1) - 1.

value({ref, R}, D, O) -> value(schema:find(R), D + 1, O);
value(null, _, _) -> 'NULL';
value(bool, _, _) -> rand:uniform(2) =:= 1;
value(oid, _, _) -> oid();
value({open, R}, D, O) -> value({ref, R}, D, O);
value({int, L, U, E, Names}, _, _) -> name(integer(L, U, E), Names);
value({enum, Root, Adds, _}, _, _) -> pick(Root ++ Adds);
value({bits, S}, D, O) ->
    N = size(S, D, O),
    spend(N div 64),
    <<B:N/bits, _/bits>> = bytes((N + 7) div 8),
    B;
value({octets, S}, D, O) ->
    N = size(S, D, O),
    spend(N div 8),
    bytes(N);
value({chars, S, Alphabet}, D, O) -> chars(S, Alphabet, D, O);
value({bmp, S}, D, O) ->
    N = size(S, D, O),
    spend(N div 4),
    repeat(N, fun() -> bmp(rand:uniform(16#ffff)) end);
value(text, D, O) -> binary_to_list(value({octets, {0, none, false}}, D, O));
value(utf8, D, O) ->
    N = size({0, none, false}, D, O),
    unicode:characters_to_binary(repeat(N, fun() -> between(32, 16#7ff) end));
value({list, S, T}, D, O) -> list(S, T, D, O);
value({seq, _, Root, Adds}, D, O) ->
    spend(1),
    Often = case lean(D) of true -> 0; false -> maps:get(often, O) end,
    M = lists:foldl(fun(X, Acc) -> member(X, Often, Acc, D, O) end, #{}, Root),
    lists:foldl(fun(X, Acc) -> addition(X, Often, Acc, D, O) end, M, Adds);
value({choice, _, Root, Adds}, D, O) ->
    spend(1),
    {Name, T} = case lean(D) of
                    false -> pick(Root ++ Adds);
                    true -> least(Root ++ Adds)
                end,
    {Name, value(T, D + 1, O)}.

least(Alternatives) ->
    D = [{schema:depth(T), X} || {_, T} = X <- Alternatives],
    element(2, lists:nth(1, lists:keysort(1, D))).

member({Name, optional, T}, Often, M, D, O) ->
    case chance(Often) of
        true -> M#{Name => carried(Name, T, D + 1, O)};
        false -> M
    end;
member({Name, mandatory, T}, _, M, D, O) -> M#{Name => value(T, D + 1, O)}.

%% no addition has to be there, but a group is there as a whole
addition({'[[', _, Members}, Often, M, D, O) ->
    case chance(Often) of
        true ->
            G = lists:foldl(fun(X, Acc) -> member(X, Often, Acc, D, O) end,
                            #{}, Members),
            Lost = lists:all(fun({_, K, _}) -> K =:= optional end, Members)
                andalso lists:member(optional_group, maps:get(avoid, O)),
            case Lost of
                true when G =/= #{} -> turn_away(optional_group), M;
                _ -> maps:merge(M, G)
            end;
        false -> M
    end;
addition({Name, _, T}, Often, M, D, O) ->
    member({Name, optional, T}, Often, M, D, O).

%% Where an OCTET STRING carries H.245, it does: random octets might be read as a
%% message that nobody would encode like that.
carried(Name, {list, _, {octets, _}} = T, D, O) ->
    case maps:find(Name, #{fastStart => 'OpenLogicalChannel',
                           h245Control => 'MultimediaSystemControlMessage',
                           parallelH245Control =>
                               'MultimediaSystemControlMessage'}) of
        {ok, Inner} ->
            [nested(Inner, D, O) || _ <- lists:seq(2, rand:uniform(4))];
        error -> value(T, D, O)
    end;
carried(_, T, D, O) -> value(T, D, O).

nested(Inner, D, O) ->
    H245 = 'MULTIMEDIA-SYSTEM-CONTROL',
    {ok, B} = H245:encode(Inner, value({ref, {H245, Inner}}, D + 4, O)),
    B.

%% Long ones are the same octets again and again, so that they pack well.
bytes(N) when N < 600 -> rand:bytes(N);
bytes(N) ->
    P = rand:bytes(61),
    B = binary:copy(P, N div 61 + 1),
    binary:part(B, 0, N).

repeat(N, F) when N < 600 -> [F() || _ <- lists:seq(1, N)];
repeat(N, F) ->
    P = [F() || _ <- lists:seq(1, 61)],
    lists:sublist(lists:append(lists:duplicate(N div 61 + 1, P)), N).

bmp(C) when C < 256 -> C;
bmp(C) -> {0, 0, C bsr 8, C band 255}.

chars({L, U, E}, Alphabet, D, O) ->
    N0 = size({L, U, E}, D, O),
    N = case N0 =:= 0 andalso U =/= none andalso
            lists:member(empty_string, maps:get(avoid, O)) of
            true -> turn_away(empty_string), 1;
            false -> N0
        end,
    spend(N div 8),
    repeat(N, fun() -> pick(Alphabet) end).

list(S, T, D, O) ->
    N0 = size(S, D, O),
    {L, U, _} = S,
    N = case schema:depth(T) of
            0 when N0 < 100; is_atom(T); element(1, T) =:= int -> N0;
            _ when N0 > 4, U =/= N0 -> max(L, 3);
            _ when N0 > 20 -> max(L, 3);
            _ -> N0
        end,
    spend(1),
    Least = if N >= 16384 -> N; true -> L end,
    elements(N, Least, T, D, O).

elements(0, _, _, _, _) -> [];
elements(N, L, T, D, O) ->
    case L =< 0 andalso lean(D) of
        true -> [];
        false -> [value(T, D + 1, O) | elements(N - 1, L - 1, T, D, O)]
    end.

%% A length within a constraint, or outside it where its marker allows that.
size({L, U, E}, D, O) ->
    Lean = lean(D),
    case rand:uniform(12) of
        _ when Lean -> L;
        1 -> L;
        2 when is_integer(U), U =< 300 -> U;
        3 when E -> outside(L, U);
        4 -> within(L, U, L + 130);
        _ -> size_usual(L, U, O)
    end.

outside(L, _) when L > 0, L < 4 -> between(0, L - 1);
outside(_, U) -> U + rand:uniform(5).

size_usual(L, U, #{long := true}) when U =:= none; U >= 16384 ->
    case chance(50) of
        true ->
            spend(2000),
            within(L, U, pick([16383, 16384, 16385, 32767, 32768, 40000,
                               49152, 65535, 65536, 81920, 81921]));
        false -> within(L, U, L + 6)
    end;
size_usual(L, U, _) -> within(L, U, L + rand:uniform(12)).

within(_, none, N) when N > 1000 -> N;
within(_, U, N) when N > 1000 -> min(U, N);
within(L, none, N) -> between(L, N);
within(L, U, N) -> between(L, min(U, N)).

%% Numbers near the edges of encodings as often as any others. What has no
%% bound keeps to 64 bits.
integer(L, U, E) ->
    Low = case L of none -> -(1 bsl 63); _ -> L end,
    High = case U of none -> (1 bsl 63) - 1; _ -> U end,
    case rand:uniform(8) of
        1 when E -> High + rand:uniform(100000);
        2 -> Low;
        3 -> High;
        4 -> edge(Low, High);
        5 -> edge(Low, High);
        _ -> between(Low, High)
    end.

edge(Low, High) ->
    Near = (1 bsl rand:uniform(62)) + between(-1, 1),
    N = case rand:uniform(3) of
            1 when Low < 0 -> -Near;
            2 when Low > -(1 bsl 62) -> Low + Near;
            _ -> Near
        end,
    case N >= Low andalso N =< High of
        true -> N;
        false -> between(Low, High)
    end.

name(N, Names) ->
    case lists:keyfind(N, 2, Names) of
        {Name, N} -> Name;
        false -> N
    end.

oid() ->
    Top = between(0, 2),
    Second = case Top of 2 -> between(0, 1000); _ -> between(0, 39) end,
    list_to_tuple([Top, Second | [arc() || _ <- lists:seq(1, between(0, 6))]]).

arc() ->
    case rand:uniform(6) of
        1 -> between(0, 1 bsl 40);
        2 -> between(126, 130);
        3 -> between(16382, 16386);
        _ -> between(0, 255)
    end.
