using FluentAssertions;
using Sidecar.Emulator;
using Sidecar.Emulator.Data;
using Sidecar.Emulator.Updates;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Sidecar.Testing.Timed;
using Stigg.Sidecar.V1;
using Xunit;

namespace Sidecar.EndToEnd.Tests;

/// <summary>A stream that is cut, frozen, refused, throttled or full of nonsense.</summary>
public sealed class StreamTroubleSpecs
{
    private const string Up = "sidecar_stream_up";

    // The first answer after a gap is new where the read behind it comes in time; here it may take as long as this machine makes it.
    private static readonly Dictionary<string, string?> Unhurried = new() { ["REVALIDATE_WAIT_MS"] = "10000" };

    [TimedFact]
    public async Task A_frozen_socket_is_noticed_within_25_seconds_and_another_one_brings_what_is_new()
    {
        await using var it = await ServiceUnderTest.StartWithStreamAsync(Unhurried);
        await Trouble.AskAsync(it);
        it.Control.Updates.Faults.FreezeAll();
        it.Control.SetUsage(Trouble.Customer, Trouble.Feature, 26);

        await it.StreamIsAsync(up: false, within: TimeSpan.FromSeconds(25));

        await it.StreamIsAsync(up: true);
        (await Trouble.AskAsync(it)).Entitlement.CurrentUsage.Should().Be(26);
    }

    [Fact]
    public async Task A_cut_socket_is_back_before_long_and_what_was_missed_is_in_the_first_answer()
    {
        await using var it = await ServiceUnderTest.StartWithStreamAsync(Unhurried);
        await Trouble.AskAsync(it);

        it.Control.Updates.Faults.ResetConnects(times: 1);
        it.Control.Updates.Faults.CutAll();
        await it.StreamIsAsync(up: false);
        it.Control.SetUsage(Trouble.Customer, Trouble.Feature, 26);
        await it.StreamIsAsync(up: true);

        (await Trouble.AskAsync(it)).Entitlement.CurrentUsage.Should().Be(26);
        (await it.Service.CounterAsync("sidecar_stream_reconnects_total")).Should().BeGreaterThanOrEqualTo(1);
        (await it.Service.CounterAsync(Trouble.NetworkErrors)).Should().BeGreaterThanOrEqualTo(1);
    }

    [Fact]
    public async Task A_stream_that_never_comes_up_costs_no_answer_and_comes_up_once_it_may()
    {
        await using var it = await ServiceUnderTest.StartAsync(
            new() { ["WS_ENABLED"] = "true" }, control => control.Updates.Faults.RefuseConnects(503));

        (await Trouble.AskAsync(it)).Entitlement.CurrentUsage.Should().Be(25);
        await Trouble.CountsAsync(it, Trouble.InitializationErrors);
        (await it.Service.CounterAsync(Up)).Should().Be(0);
        it.Control.Updates.Faults.AcceptConnects();

        await it.StreamIsAsync(up: true, within: TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_throttled_close_is_no_error_and_is_tried_again()
    {
        await using var it = await ServiceUnderTest.StartWithStreamAsync(new() { ["LOG_LEVEL"] = "info" });
        var errors = await it.Service.CounterAsync(Trouble.NetworkErrors);

        it.Control.Updates.Faults.CloseAll(4429, "ThrottlerException: Too Many Requests");

        await it.StreamIsAsync(up: false);
        await it.StreamIsAsync(up: true);
        (await it.Service.CounterAsync(Trouble.NetworkErrors)).Should().Be(errors);
        (await it.Service.CounterAsync(Trouble.InitializationErrors)).Should().Be(0);
        it.Service.Lines.Should().NotContain(line => line.Contains("\"level\":\"error\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_key_keeps_the_stream_down_without_ending_the_service()
    {
        await using var it = await ServiceUnderTest.StartAsync(
            new() { ["WS_ENABLED"] = "true", ["SERVER_API_KEY"] = "another-key" });

        await Trouble.CountsAsync(it, Trouble.InvalidKeyErrors);

        await it.Control.Updates.Counts.WaitUntilAsync(seen => seen.WrongKeys == 1, Limit());
        (await Trouble.AskAsync(it)).IsFallback.Should().BeTrue();
        await Task.Delay(TimeSpan.FromSeconds(5));
        it.Control.Updates.Counts.Snapshot().WrongKeys.Should().Be(1, "it is tried once a minute");
    }

    [Fact]
    public async Task Messages_that_cannot_be_read_are_counted_and_the_stream_goes_on()
    {
        await using var it = await ServiceUnderTest.StartWithStreamAsync();
        await Trouble.AskAsync(it);
        foreach (var text in (string[])["", "no JSON", "{}", "[]", "null", "{\"type\":\"surprise\"}", "{\"type\":\"next\",\"id\":\"1\"}", new string('[', 5_000)])
            it.Control.Updates.SendText(text);
        it.Control.Updates.PushPayload(UpdateKind.Usage, "{\"customerId\": 7}");

        it.Control.SetUsage(Trouble.Customer, Trouble.Feature, 26);

        await Eventually.HoldsAsync(async () => (await Trouble.AskAsync(it)).Entitlement.CurrentUsage == 26);
        (await it.Service.CounterAsync("sidecar_stream_reconnects_total")).Should().Be(0);
    }

    [Fact]
    public async Task News_that_cannot_be_read_has_its_customer_read()
    {
        await using var it = await ServiceUnderTest.StartWithStreamAsync();
        await Trouble.AskAsync(it);
        it.Control.Updates.IsAutomatic = false;
        it.Control.SetUsage(Trouble.Customer, Trouble.Feature, 26);
        (await Trouble.AskAsync(it)).Entitlement.CurrentUsage.Should().Be(25);

        it.Control.Updates.PushPayload(
            UpdateKind.Usage,
            $$$"""
            {"data": {"usageUpdatedV2": {"customerId": "{{{Trouble.Customer}}}", "entitlementReference": {"id": "{{{Trouble.Feature}}}", "type": "FEATURE"},
              "usage": {"currentUsage": "many"} } } }
            """);

        await Eventually.HoldsAsync(async () => (await Trouble.AskAsync(it)).Entitlement.CurrentUsage == 26);
    }

    [Theory]
    [InlineData("changed")]
    [InlineData("undated")]
    [InlineData("published")]
    public async Task A_change_without_a_date_has_what_it_concerns_read(string what)
    {
        await using var it = await ServiceUnderTest.StartWithStreamAsync();
        await Trouble.AskAsync(it);
        it.Control.Updates.IsAutomatic = false;
        it.Control.SetUsage(Trouble.Customer, Trouble.Feature, 26);
        (await Trouble.AskAsync(it)).Entitlement.CurrentUsage.Should().Be(25);

        var updates = it.Control.Updates;
        var told = what switch
        {
            "changed" => updates.PushChanged(Trouble.Customer),
            "undated" => updates.PushUsage(new UsageUpdate { CustomerId = Trouble.Customer, EntitlementId = Trouble.Feature, CurrentUsage = 99 }),
            _ => updates.PushPackage(new PackagePublication()),
        };

        told.Should().Be(1);
        await Eventually.HoldsAsync(async () => (await Trouble.AskAsync(it)).Entitlement.CurrentUsage == 26);
    }

    [Theory]
    [InlineData(ReleaseOrder.Reversed, 0)]
    [InlineData(ReleaseOrder.Shuffled, 1)]
    [InlineData(ReleaseOrder.Shuffled, 2)]
    public async Task Late_and_shuffled_news_told_twice_ends_in_what_is_newest(ReleaseOrder order, int seed)
    {
        await using var it = await ServiceUnderTest.StartWithStreamAsync();
        await Trouble.AskAsync(it);
        it.Control.Updates.Copies = 2;
        it.Control.Updates.Hold();
        for (var i = 1; i <= 200; i++)
        {
            it.Control.SetUsage(Trouble.Customer, Trouble.Feature, i);
            if (i % 7 == 0)
                it.Control.ChangeCustomer(Trouble.Customer, customer => customer with { Plan = i % 2 == 0 ? "pro" : "free" });
        }

        it.Control.Updates.Release(order, seed);
        // What comes after it over the same connection.
        it.Control.Updates.Hold();
        it.Control.SetUsage(Trouble.Customer, "feature-seats", 3);
        it.Control.Updates.Release();

        await Eventually.HoldsAsync(async () => (await Trouble.AskAsync(it)).Entitlement.CurrentUsage == 200);
        var limit = it.Control.FindCustomer(Trouble.Customer)!.Plan == "pro" ? 1000 : 100;
        await Eventually.HoldsAsync(async () => (await Trouble.AskAsync(it)).Entitlement.UsageLimit == limit);
    }

    [Fact]
    public async Task A_message_of_four_mebibytes_is_taken_and_a_larger_one_closes_the_connection_with_a_clear_line()
    {
        const int largest = 4 * 1024 * 1024;
        await using var it = await ServiceUnderTest.StartWithStreamAsync();
        it.Control.Updates.Faults.FrameBytes = 100_000;
        var pongs = it.Control.Updates.Counts.Snapshot().PongsSeen;
        it.Control.Updates.SendPing(largest);
        await it.Control.Updates.Counts.WaitUntilAsync(seen => seen.PongsSeen > pongs, Limit());

        await ReconnectsAsync(it, () => it.Control.Updates.SendPing(largest + 1));

        it.Service.Lines.Should().ContainSingle(line => line.Contains("4 MiB", StringComparison.Ordinal) || line.Contains("4194304", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_key_reconnects_the_stream_and_what_is_read_with_it_replaces_what_was_known()
    {
        const string other = "server-key-of-the-day-after";
        var folder = Directory.CreateTempSubdirectory();
        var file = Path.Combine(folder.FullName, "key");
        await File.WriteAllTextAsync(file, ServiceUnderTest.ApiKey);
        try
        {
            await using var it = await ServiceUnderTest.StartWithStreamAsync(
                new() { ["SERVER_API_KEY"] = null, ["SERVER_API_KEY_FILE"] = file });
            await Trouble.AskAsync(it);
            var requests = it.StateRequests;
            // The other environment's: less, and that since longer.
            it.Control.Updates.IsAutomatic = false;
            it.Control.SetUsage(Trouble.Customer, Trouble.Feature, 3, usageUpdatedAt: TimeProvider.System.GetUtcNow().AddHours(-1));
            it.Control.ApiKey = other;

            await File.WriteAllTextAsync(file, other);

            await it.Control.Updates.Counts.WaitUntilAsync(seen => seen is { Connected: 2, Subscribers: 1 }, Limit());
            await it.StreamIsAsync(up: true);
            await Trouble.HealsAsync(it, usage: 3);
            it.StateRequests.Should().BeGreaterThan(requests);
            it.Control.Updates.Counts.Inits()[^1].HasRightKey.Should().BeTrue();
            it.Service.Lines.Should().NotContain(line => line.Contains(other, StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_proxy_and_a_private_authority_are_honoured_by_reads_and_the_stream()
    {
        await using var cloud = await StartCloudAsync();
        await using var way = new ProxiedCloud(cloud.Address);
        await using var service = await SidecarProcess.StartAsync(
            new Dictionary<string, string?>(way.Variables) { ["SERVER_API_KEY"] = ServiceUnderTest.ApiKey, ["WS_ENABLED"] = "true" });
        using var channel = service.Connect();

        var reply = await new SidecarService.SidecarServiceClient(channel).GetMeteredEntitlementAsync(new() { CustomerId = Trouble.Customer, FeatureId = Trouble.Feature });

        reply.IsFallback.Should().BeFalse();
        await Eventually.HoldsAsync(async () => await service.CounterAsync(Up) == 1);
        way.Tunnels.Should().HaveCountGreaterThan(1).And.OnlyContain(tunnel => tunnel == "cloud.test:443");
    }

    [Fact]
    public async Task A_cloud_that_nobody_vouches_for_gets_neither_reads_nor_a_stream()
    {
        await using var cloud = await StartCloudAsync();
        await using var way = new ProxiedCloud(cloud.Address);
        await using var service = await SidecarProcess.StartAsync(new Dictionary<string, string?>(way.Variables)
        {
            ["SERVER_API_KEY"] = ServiceUnderTest.ApiKey,
            ["WS_ENABLED"] = "true",
            ["SSL_CERT_FILE"] = null,
        });

        await Eventually.HoldsAsync(
            () => Task.FromResult(service.Lines.Any(line => line.Contains("the stream of updates is down", StringComparison.Ordinal))));

        (await service.CounterAsync(Up)).Should().Be(0);
        (cloud.Control.Updates.Counts.Snapshot().Connected, cloud.Control.Requests.Snapshot().Total).Should().Be((0, 0));
    }

    [Fact]
    public async Task A_key_that_the_cloud_quotes_shows_nowhere()
    {
        await using var it = await ServiceUnderTest.StartWithStreamAsync();

        await ReconnectsAsync(it, () => it.Control.Updates.Faults.CloseAll(4500, $"no such key: {ServiceUnderTest.ApiKey}"));

        it.Service.Lines.Should().Contain(line => line.Contains("no such key", StringComparison.Ordinal));
        it.Service.Lines.Should().NotContain(line => line.Contains(ServiceUnderTest.ApiKey, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_the_stream_or_offline_nobody_connects()
    {
        await using var off = await ServiceUnderTest.StartAsync(new() { ["WS_ENABLED"] = "false" });
        await using var offline = await ServiceUnderTest.StartAsync(new() { ["WS_ENABLED"] = "true", ["OFFLINE"] = "true" });

        await Trouble.AskAsync(off);
        await Trouble.AskAsync(offline);
        await Task.Delay(TimeSpan.FromSeconds(2));

        (off.Control.Updates.Counts.Snapshot().Connected, offline.Control.Updates.Counts.Snapshot().Connected).Should().Be((0, 0));
        (await off.Service.CounterAsync(Up)).Should().Be(0);
    }

    private static Task<CloudEmulator> StartCloudAsync() => CloudEmulator.StartAsync(
        new EmulatorOptions { ApiKey = ServiceUnderTest.ApiKey, Data = EmulatorData.Demo(TimeProvider.System.GetUtcNow()) }, CancellationToken.None);

    // It is down for a second or two only: whoever looks for that may miss it.
    private static async Task ReconnectsAsync(ServiceUnderTest it, Action fault)
    {
        var connected = it.Control.Updates.Counts.Snapshot().Connected;
        fault();
        await it.Control.Updates.Counts.WaitUntilAsync(seen => seen.Connected > connected, Limit());
        await it.StreamIsAsync(up: true);
    }

    private static CancellationToken Limit() => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;
}
