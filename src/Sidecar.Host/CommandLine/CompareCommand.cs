using Sidecar.Host.CommandLine.Comparing;
using Sidecar.Host.CommandLine.Probing;

namespace Sidecar.Host.CommandLine;

/// <summary>Asks two services the same questions, and shows where their answers differ.</summary>
public sealed class CompareCommand : Command
{
    /// <summary>Exit code of answers that differ.</summary>
    public const int Different = 1;

    /// <summary>Exit code of services that could not be compared.</summary>
    public const int NotCompared = 2;

    /// <inheritdoc/>
    public override string Name => "compare";

    /// <inheritdoc/>
    public override string Arguments => "--against HOST:PORT --customers FILE [OPTIONS]";

    /// <inheritdoc/>
    public override string Summary => "asks two services the same questions, and shows where their answers differ";

    /// <inheritdoc/>
    public override string Details => $"""
        Each customer is asked for by GetEntitlements, and each of its features by GetEntitlement and by the call of its type; by the V2 calls,
        too, where both services have them. Nothing is reported or changed. Answers that differ are asked for again of both, twice at most,
        before they count: usage moves. Fields are compared as the proto has them; absent is not the same as the default. The order in lists
        does not matter, nor does less than a millisecond between dates.

          --against HOST:PORT     the other service: theirs
          --service HOST:PORT     ours; default: this machine's, by GRPC_PORT and GRPC_BIND
          --customers FILE        a customer a line, or a customer, a tab and a resource; - for standard input; # begins a comment
          --features FILE         a feature a line; default: those that either service lists for the customer
          --ignore FIELD[,FIELD]  fields that are not compared, by their names in the proto, such as units or feature.units
          --parallel N            customers that are asked about at once; default: {CompareOptions.DefaultParallel}
          --max-differences N     differences that are shown; default: {CompareOptions.DefaultMaxDifferences}
          --json                  the result as JSON

        Exit codes:
          {ExitCodes.Success}   no difference
          {Different}   differences
          {NotCompared}   not all could be compared: a service does not answer; or neither has an entitlement of anybody
          {ExitCodes.BadUsage}  arguments, or lines of a file, that are not understood
        """;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Options => [.. CompareOptions.Valued, "--json"];

    /// <inheritdoc/>
    public override async Task<int> RunAsync(IReadOnlyList<string> arguments, CommandContext context)
    {
        var options = CompareOptions.Parse(arguments);
        var subjects = Subject.Read(await SubjectFile.ReadAsync(options.CustomersFile, Console.OpenStandardInput), options.CustomersFile);
        var features = options.FeaturesFile is { } file ? Subject.ReadFeatures(await SubjectFile.ReadAsync(file, Console.OpenStandardInput), file) : null;
        using var ours = new Side("ours", options.Service ?? ProbeTarget.GrpcAddress(context));
        using var theirs = new Side("theirs", options.Against);
        var result = await Comparison.RunAsync(ours, theirs, options, subjects, features);

        if (options.IsJson)
            CompareReport.WriteJson(result, ours, theirs, context.Output);
        else
            CompareReport.WriteText(result, context.Output);
        foreach (var failure in result.Failures)
            context.Error.WriteLine($"sidecar {Name}: {failure}");
        var isNothing = result.EmptyCount == subjects.Count && features is null;
        return result.FailureCount > 0 ? NotCompared : result.DifferenceCount > 0 ? Different : isNothing ? NotCompared : ExitCodes.Success;
    }
}
