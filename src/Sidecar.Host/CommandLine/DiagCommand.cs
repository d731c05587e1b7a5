using System.Text.Json;
using Sidecar.Host.CommandLine.Diagnosing;
using Sidecar.Protocol;

namespace Sidecar.Host.CommandLine;

/// <summary>Asks the diagnostics of a running service, and tells it what to do.</summary>
public sealed class DiagCommand : Command
{
    /// <summary>Exit code where the service refuses.</summary>
    public const int Refused = 1;

    /// <summary>Exit code where there is no answer.</summary>
    public const int NoAnswer = 2;

    private const int LongestFault = 600;

    /// <inheritdoc/>
    public override string Name => "diag";

    /// <inheritdoc/>
    public override string Arguments => "WHAT [OPTIONS]";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Options => [.. DiagRequest.Words, .. DiagRequest.Valued, .. DiagRequest.Flags];

    /// <inheritdoc/>
    public override string Summary => "shows what single parts of a running service know and do, a customer above all; evicts, re-reads, isolates";

    /// <inheritdoc/>
    public override string Details => $"""
        To look:
          summary                        is it well, and why not; cloud, stream, Redis, cache
          customer ID [--resource R]     what memory holds of it, where from and since when, and what the next answer would be
            --feature F [--usage N] [--values A,B]   explain the answer to this one question, step by step
          shards | cluster               where customers' actors are; who is a member
          stream                         the stream of updates: up or down, since when, why it ended last
          cache [--top N]                how full it is; the N customers that take most
          config                         what is in force, secrets masked

        To do something (each leaves a line in the service's log):
          evict ID                       take a customer out of memory; the next question has it read
          reread ID [--resource R]       have it read from the API now
          reconnect                      close the stream of updates, and make it anew
          isolate MINUTES                cut the service off from the cloud for a drill, 240 at most; 0 ends it
          log-level LEVEL [--minutes N]  error, warn, info or debug; with N it goes back by itself

          --json           the service's answer as it is
          --address URL    the service's diagnostics; default: this machine's, by DIAGNOSTICS_PORT and DIAGNOSTICS_BIND
          --               what follows is an id, even with a - at its beginning

        A customer, cache --top and all that is done need the service's token: DIAGNOSTICS_TOKEN, or DIAGNOSTICS_TOKEN_FILE, here too.

        Examples:
          sidecar diag summary
          sidecar diag customer customer-1 --feature feature-api-calls --usage 10
          sidecar diag log-level debug --minutes 5

        Exit codes:
          {ExitCodes.Success}   there is an answer; what was to be done is done or under way
          {Refused}   the service refuses: a missing or wrong token, a value out of bounds, or not at this time
          {NoAnswer}   no answer: the service can't be reached
          {ExitCodes.BadUsage}  arguments that are not understood
        """;

    /// <inheritdoc/>
    public override async Task<int> RunAsync(IReadOnlyList<string> arguments, CommandContext context)
    {
        var request = DiagRequest.Parse(arguments);
        var target = DiagTarget.Of(request, context);
        DiagAnswer answer;
        try
        {
            answer = await DiagClient.AskAsync(target, request);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
        {
            return Say($"{target.Address} gives no answer: {(e is TaskCanceledException ? "it took too long" : e.Message)}", NoAnswer, context);
        }

        if (answer.Fault is { } fault)
            return Say(fault, answer.IsFromService ? Refused : NoAnswer, context);
        if (request.IsJson)
        {
            context.Output.WriteLine(answer.Text);
            return ExitCodes.Success;
        }

        try
        {
            using var json = JsonDocument.Parse(answer.Text);
            foreach (var line in DiagPage.Lines(request.Word, json.RootElement))
                context.Output.WriteLine(line);
            return ExitCodes.Success;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return Say($"{target.Address} gave an answer that is none of this service, or of another release; --json shows it", NoAnswer, context);
        }
    }

    private int Say(string fault, int exitCode, CommandContext context)
    {
        context.Error.WriteLine(Excerpt.Of($"sidecar {Name}: {fault}", LongestFault));
        return exitCode;
    }
}
