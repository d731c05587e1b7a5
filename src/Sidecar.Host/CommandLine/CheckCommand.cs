using Grpc.Core;
using Sidecar.Host.CommandLine.Checking;
using Sidecar.Host.CommandLine.Probing;
using Sidecar.Protocol;
using Stigg.Sidecar.V1;
using ExplainTrailers = Sidecar.Host.Facade.ExplainTrailers;

namespace Sidecar.Host.CommandLine;

/// <summary>Asks a running service one question, and puts the answer into words.</summary>
public sealed class CheckCommand : Command
{
    /// <summary>Exit code of an answer without access.</summary>
    public const int NoAccess = 1;

    /// <summary>Exit code where there is no answer.</summary>
    public const int NoAnswer = 2;

    private const int LongestFault = 300;

    // Longer than a service that asks the cloud takes.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public override string Name => "check";

    /// <inheritdoc/>
    public override string Arguments => "CUSTOMER FEATURE [OPTIONS]";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Options => [.. CheckQuestion.Valued, .. CheckQuestion.Flags];

    /// <inheritdoc/>
    public override string Summary => "asks a running service whether a customer may use a feature, and says why";

    /// <inheritdoc/>
    public override string Details => $"""
        The service is asked as an application would ask it (GetEntitlementV2). Nothing is reported or changed; a customer that the service does
        not know yet is read by it. sidecar diag customer shows more of what the service holds.

          --usage N               units about to be used: is there room for them
          --values A,B            values about to be used, of an enum
          --resource R            a resource of the customer
          --credits               FEATURE is a currency: are there credits left
          --service HOST:PORT     the service; default: this machine's, by GRPC_PORT and GRPC_BIND
          --json                  the answer as JSON
          --                      what follows is an id, even with a - at its beginning

        Examples:
          sidecar check customer-1 feature-api-calls --usage 10
          sidecar check customer-1 feature-regions --values eu,us --service 127.0.0.1:50051

        Exit codes:
          {ExitCodes.Success}   access
          {NoAccess}   no access
          {NoAnswer}   no answer: the service can't be reached, or refuses the question
          {ExitCodes.BadUsage}  arguments that are not understood
        """;

    /// <inheritdoc/>
    public override async Task<int> RunAsync(IReadOnlyList<string> arguments, CommandContext context)
    {
        var question = CheckQuestion.Parse(arguments);
        var address = question.Service ?? ProbeTarget.GrpcAddress(context);
        try
        {
            var (answer, facts) = await AskAsync(question.Request, address);
            if (question.IsJson)
            {
                CheckReport.WriteJson(question, answer, facts, context.Output);
            }
            else
            {
                foreach (var line in CheckVerdict.Lines(question, answer, facts))
                    context.Output.WriteLine(line);
            }

            return answer.HasAccess ? ExitCodes.Success : NoAccess;
        }
        catch (RpcException e)
        {
            context.Error.WriteLine(Excerpt.Of($"sidecar {Name}: {address} gives no answer: {e.StatusCode}: {e.Status.Detail}", LongestFault));
            return NoAnswer;
        }
    }

    private static async Task<(EntitlementV2 Answer, AnswerFacts Facts)> AskAsync(GetEntitlementV2Request request, string address)
    {
        using var channel = ServiceChannel.To(address);
        using var call = new SidecarService.SidecarServiceClient(channel).GetEntitlementV2Async(
            request, new Metadata { { ExplainTrailers.Asked, ExplainTrailers.Yes } }, (TimeProvider.System.GetUtcNow() + Patience).UtcDateTime);
        var reply = await call;
        return (reply.Entitlement, AnswerFacts.From(call.GetTrailers()));
    }
}
