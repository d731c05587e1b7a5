using System.Diagnostics;
using System.Text.Json;
using FluentAssertions;
using Sidecar.Emulator.Data;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Sidecar.EndToEnd.Tests;

/// <summary>The command that compares two services, as one uses it before moving from one to the other.</summary>
[Collection(AloneCollection.Name)]
public sealed class CompareSpecs(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Customers = 1000;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly EmulatorData _data = ManyAndTheDemos();
    private ServiceUnderTest _ours = null!;

    public async Task InitializeAsync() => _ours = await ServiceUnderTest.StartAsync(data: _data);

    public async Task DisposeAsync()
    {
        await _ours.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Two_services_with_one_cloud_agree_about_a_thousand_customers()
    {
        await using var theirs = await SidecarProcess.StartAsync(new Dictionary<string, string?>
        {
            ["SERVER_API_KEY"] = ServiceUnderTest.ApiKey,
            ["EDGE_API_URL"] = _ours.Cloud.Address.ToString(),
        });
        var watch = Stopwatch.StartNew();

        var (exitCode, lines) = await CompareAsync(theirs.GrpcAddress.Authority, EveryCustomer());

        output.WriteLine($"{watch.Elapsed.TotalSeconds:0.0} s: {lines[^1]}");
        exitCode.Should().Be(0, string.Join('\n', lines));
        lines[^1].Should().MatchRegex(@"^1,0\d\d customers, \d resources?, \d\d,\d{3} questions in [\d.]+ s: 0 differences$");
    }

    [Fact]
    public async Task One_field_of_one_customer_is_found_and_named()
    {
        var planted = _data.Customers[Many.Id(617)];
        await using var theirs = await ServiceUnderTest.StartAsync(data: _data with
        {
            Customers = _data.Customers.SetItem(Many.Id(617), planted with
            {
                Usage = planted.Usage.SetItem("feature-seats", planted.Usage["feature-seats"] with { CurrentUsage = 8 }),
            }),
        });

        var (exitCode, lines) = await CompareAsync(theirs.Service.GrpcAddress.Authority, EveryCustomer());

        exitCode.Should().Be(1, string.Join('\n', lines));
        lines[0].Should().MatchRegex("^CUSTOMER +RESOURCE +FEATURE +CALL +FIELD +OURS +THEIRS$");
        lines.Skip(1).Take(5).Should().AllSatisfy(line => line.Should().MatchRegex("^customer-000617 +feature-seats +Get[A-Za-z0-9]+ +[a-z._]*current_usage +7 +8$"));
        lines[^1].Should().EndWith(": 5 differences");

        var (jsonExitCode, json) = await CompareAsync(
            theirs.Service.GrpcAddress.Authority, Many.Id(617) + "\n", "--json", "--max-differences", "1", "--features", Save("features", "feature-seats\n"));
        jsonExitCode.Should().Be(1);
        using var result = JsonDocument.Parse(string.Join('\n', json));
        result.RootElement.GetProperty("differenceCount").GetInt32().Should().Be(5);
        result.RootElement.GetProperty("differences").EnumerateArray().Should().ContainSingle().Which.GetProperty("ours").GetString().Should().Be("7");

        (await CompareAsync(theirs.Service.GrpcAddress.Authority, Many.Id(617) + "\n", "--ignore", "current_usage")).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Service_without_the_v2_calls_is_compared_by_the_others_and_that_is_said_once()
    {
        await using var theirs = await OlderService.StartAsync(_ours.Client);

        var (exitCode, lines) = await CompareAsync(theirs.Address, "customer-demo\ncustomer-free\ncustomer-enterprise\n");

        exitCode.Should().Be(0, string.Join('\n', lines));
        lines.Should().Equal(
            $"GetEntitlementV2 is not compared: theirs ({theirs.Address}) does not serve it",
            $"GetEntitlementsStateV2 is not compared: theirs ({theirs.Address}) does not serve it",
            lines[^1]);
    }

    [Fact]
    public async Task Service_that_fails_about_one_feature_differs_there_and_is_compared_about_the_others()
    {
        await using var theirs = await OlderService.StartAsync(_ours.Client, broken: "feature-sso");

        var (exitCode, lines) = await CompareAsync(theirs.Address, "customer-demo\ncustomer-enterprise\n");

        exitCode.Should().Be(1, string.Join('\n', lines));
        lines.Skip(1).Take(2).Should().AllSatisfy(line => line.Should().MatchRegex("^customer-[a-z]+ +feature-sso +GetEntitlement +status +OK +Unknown$"));
        lines[^1].Should().EndWith(": 2 differences");
    }

    [Fact]
    public async Task Customers_whom_neither_side_knows_are_counted_and_alone_they_are_no_comparison()
    {
        await using var theirs = await ServiceUnderTest.StartAsync(data: _data);

        var some = await CompareAsync(theirs.Service.GrpcAddress.Authority, Many.Id(0) + "\nnobody-1\nnobody-2\n");
        some.ExitCode.Should().Be(0);
        some.Lines.Should().Contain(line => line.StartsWith("2 of 3 have no entitlement on either side", StringComparison.Ordinal));

        var none = await CompareAsync(theirs.Service.GrpcAddress.Authority, "customer-demo,site-1\n");
        none.ExitCode.Should().Be(2);
        none.Lines.Should().Contain(line => line.StartsWith("1 of 1 have no entitlement on either side", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Service_that_is_not_there_is_named_with_2()
    {
        await using var gone = await OlderService.StartAsync(_ours.Client);
        var address = gone.Address;
        await gone.DisposeAsync();

        var (exitCode, lines) = await CompareAsync(address, "customer-demo\ncustomer-free\n");

        exitCode.Should().Be(2);
        lines.Should().Contain(line => line.StartsWith($"sidecar compare: theirs ({address}) did not answer GetEntitlements", StringComparison.Ordinal));
    }

    private static EmulatorData ManyAndTheDemos()
    {
        var demo = EmulatorData.Demo(TimeProvider.System.GetUtcNow());
        return demo with { Customers = demo.Customers.AddRange(Many.Customers(Customers).Customers) };
    }

    // Those of the demo have what can be special; resources are asked for with their customer, and one customer is not there.
    private string EveryCustomer() => string.Join('\n', _data.Customers.SelectMany(customer =>
        customer.Value.Resources.Keys.Select(resource => $"{customer.Key}\t{resource}").Prepend(customer.Key)).Append("customer-nobody"));

    private string Save(string name, string text)
    {
        var file = Path.Combine(_folder.FullName, name);
        File.WriteAllText(file, text);
        return file;
    }

    private async Task<(int ExitCode, IReadOnlyList<string> Lines)> CompareAsync(string against, string customers, params string[] more)
    {
        await using var compare = SidecarProcess.Launch(
            new Dictionary<string, string?>(), program: null,
            ["compare", "--service", _ours.Service.GrpcAddress.Authority, "--against", against, "--customers", Save("customers", customers), .. more]);
        var exitCode = await compare.WaitForExitAsync();
        return (exitCode, [.. compare.Lines.Where(line => line.Length > 0)]);
    }
}
