using Sidecar.EndToEnd.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>A cloud that fails under load: who asks about a known customer notices nothing, and no report that was acknowledged is lost.</summary>
public sealed class CloudFaultSpecs(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sidecar-faults-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Cloud_that_is_dead_at_the_start_costs_nothing_once_it_has_come()
    {
        await using var it = await UnderFault.StartAsync("cloud dead at the start", isDead: true);
        await it.AsksAsync(300);
        it.Cloud.Accept();
        it.Stream.Accept();

        output.WriteLine(await it.EndsWellAsync());
    }

    [Fact]
    public async Task Cloud_that_dies_later_costs_known_customers_nothing()
    {
        await using var it = await UnderFault.StartAsync("cloud dying later");

        await CloudFaults.DeadAsync(it);

        output.WriteLine(await it.EndsWellAsync());
    }

    [Fact]
    public async Task Cloud_that_comes_and_goes_every_two_seconds_costs_known_customers_nothing()
    {
        await using var it = await UnderFault.StartAsync("cloud flapping every 2 s");

        await CloudFaults.FlappingAsync(it);

        output.WriteLine(await it.EndsWellAsync());
    }

    [Fact]
    public async Task Slow_cloud_costs_known_customers_nothing()
    {
        await using var it = await UnderFault.StartAsync("cloud slow");

        await CloudFaults.SlowAsync(it);

        output.WriteLine(await it.EndsWellAsync());
    }

    [Fact]
    public async Task Key_that_is_refused_and_rotated_by_its_file_costs_known_customers_nothing()
    {
        var file = Path.Combine(_folder, "key");
        await File.WriteAllTextAsync(file, ServiceUnderTest.ApiKey);
        await using var it = await UnderFault.StartAsync(
            "key refused, then rotated", new() { ["SERVER_API_KEY"] = null, ["SERVER_API_KEY_FILE"] = file });

        await CloudFaults.RotatedKeyAsync(it, file);

        output.WriteLine(await it.EndsWellAsync());
    }

    [Fact]
    public async Task Wrong_answers_are_no_answers_for_known_customers()
    {
        await using var it = await UnderFault.StartAsync("cloud answering wrong");

        await CloudFaults.WrongAnswersAsync(it);

        output.WriteLine(await it.EndsWellAsync());
    }
}
