using System.Globalization;
using System.Text.Json;
using FluentAssertions;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Xunit;

namespace Sidecar.EndToEnd.Tests;

/// <summary>What variables do to the process as a whole.</summary>
public sealed class ConfigurationSpecs : IDisposable
{
    private const string NewKey = "another-key-5d2b";
    private readonly string _folder = Directory.CreateTempSubdirectory("sidecar-configuration-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Changed_key_file_is_taken_over_and_a_vanished_one_is_told_once()
    {
        var file = Path.Combine(_folder, "key");
        await PutAsync(file, ServiceUnderTest.ApiKey + "\n");
        await using var it = await ServiceUnderTest.StartAsync(new() { ["SERVER_API_KEY"] = null, ["SERVER_API_KEY_FILE"] = file });

        await Trouble.HealsAsync(it, usage: 25);

        // Nothing but the new key reads what is used now, and what was known before it is no longer certain.
        it.Control.ApiKey = NewKey;
        it.Control.SetUsage(Trouble.Customer, Trouble.Feature, 31);
        await PutAsync(file, NewKey + "\n");
        await SaysAsync(it, "SERVER_API_KEY_FILE holds a new value");
        await Trouble.HealsAsync(it, usage: 31);
        File.Delete(file);
        await SaysAsync(it, "SERVER_API_KEY_FILE holds no usable value (Missing)");
        await PutAsync(file, ServiceUnderTest.ApiKey + "\n");
        await Eventually.HoldsAsync(() => Task.FromResult(Count(it, "SERVER_API_KEY_FILE holds a new value") == 2));

        Count(it, "holds no usable value").Should().Be(1);
        string.Concat(it.Service.Lines).Should().NotContain(NewKey).And.NotContain(ServiceUnderTest.ApiKey);
    }

    [Fact]
    public async Task Key_file_that_is_not_there_at_the_start_is_taken_over_when_it_appears()
    {
        var file = Path.Combine(_folder, "late");
        await using var it = await ServiceUnderTest.StartAsync(new() { ["SERVER_API_KEY"] = null, ["SERVER_API_KEY_FILE"] = file });
        await SaysAsync(it, "SERVER_API_KEY_FILE is (not shown), expected a file that can be read");

        await PutAsync(file, ServiceUnderTest.ApiKey);

        await SaysAsync(it, "SERVER_API_KEY_FILE holds a new value");
        await Trouble.HealsAsync(it, usage: 25);
        Count(it, "holds no usable value").Should().Be(0, "it was told at the start");
        (await it.Service.CounterAsync(Trouble.InitializationErrors)).Should().Be(1, "one cause is one error");
    }

    [Fact]
    public async Task Metrics_port_that_is_grpcs_too_is_a_start_up_error_and_the_service_runs_without_it()
    {
        var port = Ports.Free().ToString(CultureInfo.InvariantCulture);
        await using var it = await ServiceUnderTest.StartAsync(new() { ["GRPC_PORT"] = port, ["METRICS_PORT"] = port });

        (await it.Client.GetBooleanEntitlementAsync(new() { CustomerId = "customer-demo", FeatureId = "feature-sso" })).HasAccess.Should().BeTrue();
        Line(it, "METRICS_PORT").GetProperty("level").GetString().Should().Be("error");
        Line(it, "Sidecar is ready").GetProperty("metricsAddress").GetString().Should().Be("off");
    }

    [Fact]
    public async Task Variables_without_effect_are_listed_in_one_warning()
    {
        await using var it = await ServiceUnderTest.StartAsync(
            new() { ["REDIS_PORT"] = "6380", ["REDIS_HOST"] = "redis", ["TLS_CERT_FILE"] = "/tls.crt", ["TLS_KEY_FILE"] = "/tls.key", ["WS_ENABLED"] = "" });

        var line = Line(it, "without effect");
        line.GetProperty("level").GetString().Should().Be("warn");
        line.GetProperty("msg").GetString().Should().EndWith(": REDIS_HOST, REDIS_PORT, TLS_CERT_FILE, TLS_KEY_FILE");
    }

    [Fact]
    public async Task Fault_is_said_once_in_its_line()
    {
        await using var it = await ServiceUnderTest.StartAsync(new() { ["LOG_LEVEL"] = "loud" });

        var line = Line(it, "LOG_LEVEL is 'loud'");
        line.EnumerateObject().Where(property => $"{property.Value}".Contains("loud", StringComparison.Ordinal)).Should().ContainSingle();
    }

    [Fact]
    public async Task At_info_neither_requests_nor_customers_are_told_and_messages_have_no_prefix()
    {
        await using var it = await ServiceUnderTest.StartAsync(new() { ["LOG_LEVEL"] = "info" });
        await it.Client.GetEntitlementsAsync(new() { CustomerId = "customer-demo" });
        await it.Service.GetAsync("/livez");
        it.Service.SendTerminate();
        await it.Service.WaitForExitAsync();

        it.Service.Lines.Should().HaveCountGreaterThan(1, "the actor system tells of itself at info");
        foreach (var line in it.Service.Lines)
        {
            using var json = JsonDocument.Parse(line);
            json.RootElement.GetProperty("logger").GetString().Should().NotStartWith("Microsoft").And.NotStartWith("Grpc")
                .And.NotStartWith("System.Net.Http");
            json.RootElement.GetProperty("msg").GetString().Should().NotStartWith("[");
            line.Should().NotContain("customer-demo");
        }
    }

    // At once, so that the service never sees a file that is half written.
    private static async Task PutAsync(string file, string text)
    {
        await File.WriteAllTextAsync(file + ".new", text);
        File.Move(file + ".new", file, overwrite: true);
    }

    private static Task<TimeSpan> SaysAsync(ServiceUnderTest it, string text) =>
        Eventually.HoldsAsync(() => Task.FromResult(Count(it, text) > 0));

    private static int Count(ServiceUnderTest it, string text) =>
        it.Service.Lines.Count(line => line.Contains(text, StringComparison.Ordinal));

    private static JsonElement Line(ServiceUnderTest it, string text) =>
        JsonDocument.Parse(it.Service.Lines.Single(line => line.Contains(text, StringComparison.Ordinal))).RootElement;
}
