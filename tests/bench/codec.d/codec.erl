%% SPDX-License-Identifier: GPL-2.0-or-later
%% The same messages through the codec that Erlang/OTP's compiler makes of the
%% same modules: codec:main(FILE, MILLISECONDS), in the folder of the beams.
-module(codec).
-export([main/2]).

main(File, Ms) ->
    {ok, Text} = file:read_file(File),
    lists:foreach(fun(Line) ->
        [Name, Type, Hex] = binary:split(Line, <<" ">>, [global]),
        one(Name, binary_to_atom(Type), octets(Hex), Ms)
    end, binary:split(Text, <<"\n">>, [global, trim_all])).

octets(Hex) -> << <<(binary_to_integer(H, 16))>> || <<H:2/binary>> <= Hex >>.

module('MultimediaSystemControlMessage') -> 'MULTIMEDIA-SYSTEM-CONTROL';
module(_) -> 'H323-MESSAGES'.

one(Name, Type, Bin, Ms) ->
    M = module(Type),
    {ok, V} = M:decode(Type, Bin),
    report(Name, "decode", fun() -> {ok, _} = M:decode(Type, Bin) end, Ms),
    report(Name, "encode", fun() -> {ok, _} = M:encode(Type, V) end, Ms).

report(Name, What, F, Ms) ->
    Ns = try measure(F, 64, Ms * 1000000) catch _:_ -> 0.0 end,
    io:format("~s ~s ~.1f~n", [Name, What, Ns]).

%% all it does is in this process
measure(F, N, Least) ->
    T0 = erlang:monotonic_time(nanosecond),
    repeat(F, N),
    T = erlang:monotonic_time(nanosecond) - T0,
    if T >= Least -> T / N;
       true -> measure(F, N * 2, Least)
    end.

repeat(_, 0) -> ok;
repeat(F, N) -> F(), repeat(F, N - 1).
