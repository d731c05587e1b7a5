using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using Sidecar.EndToEnd.Tests.Image;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Stigg.Sidecar.V1;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests;

/// <summary>The build that is shipped: how fast it is there, and how little it takes.</summary>
[Collection(BuiltImageCollection.Name)]
public sealed class PublishedBuildSpecs(BuiltImage image, ITestOutputHelper output)
{
    private const long MaxResidentBytes = 160L * 1000 * 1000;
    private static readonly TimeSpan MaxTimeToFirstAnswer = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task First_answer_comes_within_two_seconds_of_the_start_and_idling_takes_little_memory()
    {
        await using var beside = await ServiceUnderTest.StartAsync();
        var variables = new Dictionary<string, string?>
        {
            ["SERVER_API_KEY"] = ServiceUnderTest.ApiKey,
            ["EDGE_API_URL"] = beside.Cloud.Address.ToString(),
        };

        // The first start reads the files from disk; the median of five is what an operator sees.
        var times = new List<TimeSpan>();
        for (var run = 0; run < 5; run++)
        {
            var watch = Stopwatch.StartNew();
            await using var service = await SidecarProcess.StartAsync(variables, Path.Combine(image.App, "sidecar"));
            using var channel = service.Connect();
            var reply = await new SidecarService.SidecarServiceClient(channel)
                .GetMeteredEntitlementAsync(new() { CustomerId = "customer-demo", FeatureId = "feature-api-calls" });
            times.Add(watch.Elapsed);
            output.WriteLine($"first answer after {watch.Elapsed.TotalMilliseconds:0} ms, ready after {service.TimeToReady.TotalMilliseconds:0} ms");
            reply.Entitlement.CurrentUsage.Should().Be(25);

            if (run == 4)
            {
                await Task.Delay(TimeSpan.FromSeconds(5));
                var resident = ResidentBytes(service.Id);
                output.WriteLine($"idle: {resident / 1e6:0} MB resident");
                resident.Should().BeLessThan(MaxResidentBytes);
            }
        }

        times.Order().ElementAt(2).Should().BeLessThan(MaxTimeToFirstAnswer);
    }

    private static long ResidentBytes(int processId)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
