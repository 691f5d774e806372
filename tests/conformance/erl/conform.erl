%% SPDX-License-Identifier: GPL-2.0-or-later
%% Erlang's side of the conformance test (see ../run). Run as
%%
%%   erl -noinput -run conform main -extra WHAT DIR MODULES SEED COUNT BUDGET TOP
%%
%% WHAT is
%%   kinds    prints what must be exercised
%%   faults   prints the known faults of Erlang's, and which are there
%%   encode   reads our types' names, prints COUNT vectors, half of them of the
%%            types TOP
%%   decode   reads vectors, prints those that are wrong
%%
%% MODULES and TOP are separated by commas. Lines "#NAME COUNT" say what was
%% seen. The state is the process's.
-module(conform).
-export([main/0]).

main() ->
    [What | Args] = init:get_plain_arguments(),
    Status = try run(What, Args)
             catch C:E:S ->
                 io:format(standard_error, "~p~n", [{C, E, S}]), 1
             end,
    halt(Status).

run("kinds", _) ->
    [io:format("~s~n", [K]) || K <- text:kinds()],
    0;
run("faults", _) ->
    There = faults:there(),
    [io:format("~s ~s: ~s~n", [case lists:member(N, There) of
                                   true -> "there";
                                   false -> "gone"
                               end, N, Text]) ||
        {N, Text, _} <- faults:known()],
    0;
run(What, [Dir, Modules, Seed, Count, Budget, Top]) ->
    Ms = atoms(Modules),
    schema:load(Dir, Ms),
    put(faults, faults:there()),
    {ok, In} = file:open("/dev/stdin", [read, raw, binary,
                                        {read_ahead, 1 bsl 20}]),
    {ok, Out} = file:open("/dev/stdout", [append, raw, binary,
                                          {delayed_write, 1 bsl 16, 500}]),
    put(out, Out),
    Status = case What of
        "encode" ->
            encode(types(In, Ms), [T || N <- atoms(Top), T <- type(N, Ms)],
                   list_to_integer(Seed), list_to_integer(Count),
                   list_to_integer(Budget));
        "decode" -> decode(In, Ms)
    end,
    [print(["#", atom_to_list(K), " ", integer_to_list(N), "\n"]) ||
        {K, N} <- lists:sort(maps:to_list(text:counts()))],
    [print(["#turned_away_", atom_to_list(K), " ", integer_to_list(N), "\n"])
     || {K, N} <- lists:sort(maps:to_list(values:turned_away()))],
    ok = file:close(Out),
    Status.

atoms(S) -> [list_to_atom(X) || X <- string:lexemes(S, ",")].

print(L) -> ok = file:write(get(out), L).

note(Format, Args) -> print(io_lib:format("#note " ++ Format ++ "\n", Args)).

is_there(Fault) -> lists:member(Fault, get(faults)).

%% ---- names ----

types(In, Ms) ->
    Names = lists:sort(lines(In, [])),
    Types = [{N, type(N, Ms)} || N <- Names],
    [note("only ours: ~s", [N]) || {N, []} <- Types],
    Known = [T || {_, [T]} <- Types],
    Seen = sets:from_list([R || {_, _, R, _} <- Known]),
    [note("only theirs: ~s.~s", [M, N]) || M <- Ms, N <- schema:names(M),
        not sets:is_element({M, N}, Seen)],
    Known.

lines(In, Acc) ->
    case file:read_line(In) of
        {ok, L} ->
            lines(In, [binary_to_atom(string:trim(L, trailing)) | Acc]);
        eof -> Acc
    end.

%% Our name of a type: {Name, Module, its own type, the type to encode}. Two
%% modules may have one name; then ours of H.245 and H.235 is prefixed.
type(Name, Ms) ->
    case [M || M <- Ms, schema:find({M, Name}) =/= none] of
        [M | _] -> [{Name, M, {M, Name}, newer(M, Name)}];
        [] -> prefixed(Name, atom_to_list(Name))
    end.

prefixed(Name, "H245" ++ T) -> found(Name, 'MULTIMEDIA-SYSTEM-CONTROL', T);
prefixed(Name, "H235" ++ T) -> found(Name, 'H235-SECURITY-MESSAGES', T);
prefixed(_, _) -> [].

found(Name, M, T) ->
    R = {M, list_to_atom(T)},
    case schema:find(R) of
        none -> [];
        _ -> [{Name, M, R, R}]
    end.

newer('EXTENSIONS' = M, Name) ->
    case atom_to_list(Name) of
        "Old" ++ New -> {M, list_to_atom(New)};
        _ -> {M, Name}
    end;
newer(M, Name) -> {M, Name}.

%% ---- they encode, we decode ----

encode(All, Top, Seed, Count, Budget) ->
    A = list_to_tuple(All),
    T = list_to_tuple(case Top of [] -> All; _ -> Top end),
    Opts = #{budget => Budget, avoid => get(faults)},
    lists:foreach(fun(I) ->
        rand:seed(exsss, {Seed, 0, I}),
        Types = case I rem 2 of 0 -> A; 1 -> T end,
        vector(element(I div 2 rem size(Types) + 1, Types), Opts)
    end, lists:seq(0, Count - 1)),
    0.

vector({Name, M, Old, {M, N} = New}, Opts) ->
    V = values:value({ref, New}, Opts),
    case M:encode(N, V) of
        {ok, B} ->
            Text = if Old =:= New -> text:of_value({ref, New}, V);
                      true -> text:of_value({ref, New}, {ref, Old}, V)
                   end,
            print([atom_to_list(Name), $\s, binary:encode_hex(B), $\s, Text,
                   $\n]);
        {error, Why} -> error({does_not_encode, Name, V, Why})
    end.

%% ---- we encode, they decode ----

decode(In, Ms) -> decode(In, Ms, 0, 0).

decode(In, Ms, Read, Wrong) ->
    case file:read_line(In) of
        {ok, <<"#turned_away_", _/binary>> = L} ->
            print(L),
            decode(In, Ms, Read, Wrong);
        {ok, L} ->
            case check(binary:split(string:chomp(L), <<" ">>, [global]),
                       Ms) of
                ok -> decode(In, Ms, Read + 1, Wrong);
                What ->
                    if Wrong < 20 ->
                           print([What, ": ", binary:part(L, 0,
                                  min(2000, byte_size(L))), "\n"]);
                       true -> ok
                    end,
                    decode(In, Ms, Read + 1, Wrong + 1)
            end;
        eof ->
            print(io_lib:format("#read ~b~n#wrong ~b~n", [Read, Wrong])),
            if Wrong > 0; Read =:= 0 -> 1;
               true -> 0
            end
    end.

check([Name, Hex, Text], Ms) ->
    case type(binary_to_atom(Name), Ms) of
        [{_, M, {_, N} = R, _}] ->
            B = binary:decode_hex(Hex),
            case catch M:decode(N, B) of
                {ok, V} -> check(N, M, {ref, R}, V, B, Text);
                _ -> "it does not decode"
            end;
        [] -> "the type is not known"
    end.

check(N, M, T, V, B, Text) ->
    case text:of_value(T, V) =:= Text andalso M:encode(N, V) of
        {ok, B} -> ok;
        false -> ["it decodes to another value ", text:of_value(T, V)];
        _ when N =:= 'GroupOptional' ->
            case is_there(optional_group) of
                true -> values:turn_away(optional_group), ok;
                false -> "it encodes to other octets"
            end;
        _ -> "it encodes to other octets"
    end.
