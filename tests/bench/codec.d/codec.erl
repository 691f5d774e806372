%% SPDX-License-Identifier: GPL-2.0-or-later
%% The same messages through the codec that Erlang/OTP's compiler makes of the
%% same modules: codec:main(FILE, MILLISECONDS), in the folder of the beams.
-module(codec).
-export([main/2]).
-include("H323-MESSAGES.hrl").

-define(H245, 'MULTIMEDIA-SYSTEM-CONTROL').

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
    case within(V) of
        [] -> ok;
        _ -> report(Name, "decode_within", fun() ->
                        {ok, W} = M:decode(Type, Bin),
                        [{ok, _} = ?H245:decode(T, B) || {T, B} <- within(W)]
                    end, Ms)
    end,
    report(Name, "encode", fun() -> {ok, _} = M:encode(Type, V) end, Ms).

%% H.245 in a Setup, which ours decodes along with it
within(#'H323-UserInformation'{'h323-uu-pdu' = #'H323-UU-PDU'{
           'h323-message-body' = {setup, Setup}, h245Control = Control}}) ->
    #'Setup-UUIE'{fastStart = Fast, parallelH245Control = Parallel} = Setup,
    [{'OpenLogicalChannel', B} || B <- list(Fast)] ++
    [{'MultimediaSystemControlMessage', B} ||
        B <- list(Control) ++ list(Parallel)];
within(_) -> [].

list(asn1_NOVALUE) -> [];
list(L) -> L.

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
