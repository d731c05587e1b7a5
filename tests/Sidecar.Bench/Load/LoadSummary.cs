using System.Globalization;
using System.Text.RegularExpressions;

namespace Sidecar.Bench.Load;

/// <summary>What h2load says at its end.</summary>
/// <param name="Done">Requests that got an answer.</param>
/// <param name="Succeeded">Those with a status from 200 to 399.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="DataBytes">Bytes of the answers' bodies.</param>
internal sealed partial record LoadSummary(long Done, long Succeeded, double Seconds, long DataBytes)
{
    /// <summary>Answers a second.</summary>
    public double RequestsPerSecond => Done / Seconds;

    /// <summary>Reads the output of h2load.</summary>
    /// <exception cref="BenchException">It is not that of a run that came to its end.</exception>
    public static LoadSummary Parse(string output)
    {
        var requests = Requests().Match(output);
        var finished = Finished().Match(output);
        var data = Data().Match(output);
        if (!requests.Success || !finished.Success || !data.Success)
            throw new BenchException($"h2load did not come to its end:\n{output}");
        return new LoadSummary(
            Whole(requests.Groups["done"]), Whole(requests.Groups["succeeded"]), SecondsOf(finished), Whole(data.Groups["bytes"]));
    }

    private static long Whole(Group digits) => long.Parse(digits.Value, NumberStyles.None, CultureInfo.InvariantCulture);

    private static double SecondsOf(Match finished) =>
        double.Parse(finished.Groups["number"].Value, CultureInfo.InvariantCulture) * finished.Groups["unit"].Value switch
        {
            "us" => 1e-6,
            "ms" => 1e-3,
            _ => 1,
        };

    [GeneratedRegex(@"^requests: .*?(?<done>\d+) done, (?<succeeded>\d+) succeeded", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Requests();

    [GeneratedRegex(@"^finished in (?<number>[\d.]+)(?<unit>us|ms|s),", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Finished();

    [GeneratedRegex(@"^traffic: .*\((?<bytes>\d+)\) data", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Data();
}
