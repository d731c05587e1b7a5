using FluentAssertions;
using Sidecar.Emulator.Control;
using Sidecar.EndToEnd.Tests.Redis;
using Sidecar.EndToEnd.Tests.Support;
using Sidecar.Testing;
using Xunit;
using static Sidecar.EndToEnd.Tests.Support.Trouble;

namespace Sidecar.EndToEnd.Tests.StatusPage;

/// <summary>The status page as a person sees it, in a real browser, beside a cloud in trouble.</summary>
public sealed class StatusPageSpecs
{
    [BrowserFact]
    public async Task The_page_is_sound_in_light_in_dark_and_on_a_phone_and_asks_nobody_else()
    {
        await using var it = await ServiceUnderTest.StartWithStreamAsync();
        await AskAsync(it);
        await using var browser = await OpenAsync(it);
        // Two samples, so that there is something to draw.
        await Eventually.HoldsAsync(async () => (await browser.LookAsync()).Charts.GetValueOrDefault("chart-latency") == 2);

        foreach (var (scheme, width) in (IEnumerable<(string, int)>)[("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)])
        {
            await browser.OpenAsync(scheme, width);
            await Eventually.HoldsAsync(async () => (await browser.LookAsync()).Charts["chart-answers"] > 0);
            var seen = await browser.LookAsync();

            (seen.Title, seen.State).Should().Be(("Healthy · Sidecar", "Healthy"));
            seen.Charts.Should().HaveCount(8).And.OnlyContain(chart => chart.Value > 0);
            seen.Texts.Should().HaveCount(9).And.OnlyContain(text => text.Contains("within the last 15 minutes", StringComparison.Ordinal));
            seen.Empty.Should().BeEmpty();
            seen.Strangers.Should().BeEmpty();
            seen.Complaints.Should().BeEmpty();
            seen.TooWide.Should().Be(0);
            (await browser.JudgeAsync()).Should().BeEmpty($"axe-core looked at it in {scheme}, {width} wide");
        }
    }

    [BrowserFact]
    public async Task The_verdict_turns_with_the_cloud_without_a_reload_and_an_old_page_says_so()
    {
        await using var it = await ServiceUnderTest.StartAsync(new() { ["CACHE_REVALIDATE_SECONDS"] = "0" });
        await AskAsync(it);
        await using var browser = await OpenAsync(it);
        await ShowsAsync(browser, "Healthy");

        it.Control.ApiKey = "another-key";
        await ShowsAsync(browser, "Degraded", async () => await AskAsync(it), "key_refused");
        (await browser.JudgeAsync()).Should().BeEmpty();
        it.Control.ApiKey = ServiceUnderTest.ApiKey;
        await ShowsAsync(browser, "Healthy", async () => await AskAsync(it));

        it.Control.Faults.Add(FaultRule.Cut());
        await ShowsAsync(browser, "Degraded", async () => await AskAsync(it), "cloud_unreachable");
        // As it is sent it says the same to a browser without scripts.
        await browser.OpenAsync(javaScript: false);
        (await browser.LookAsync()).Causes.Should().Equal("cloud_unreachable");

        await browser.OpenAsync();
        await ShowsAsync(browser, "Degraded", null, "cloud_unreachable");
        it.Service.SendKill();
        await Eventually.HoldsAsync(async () => (await browser.LookAsync()) is { State: "No answer", Title: "No answer · Sidecar" } seen
            && seen.Old.Contains("s old", StringComparison.Ordinal));
        var first = await browser.LookAsync();
        first.Aloud.Should().Contain(text => text.Contains("gets no answer", StringComparison.Ordinal));
        await Eventually.HoldsAsync(async () => (await browser.LookAsync()).Old != first.Old);
        (await browser.LookAsync()).Aloud.Should().Equal(first.Aloud, "the age that grows is not said each second");
        (await browser.JudgeAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Neither_page_nor_numbers_name_a_customer_a_feature_or_a_key()
    {
        await using var it = await ServiceUnderTest.StartAsync();
        await AskAsync(it);

        foreach (var path in (string[])["/status", "/status/data"])
        {
            var answer = await it.Service.GetAsync(path);
            (await answer.Content.ReadAsStringAsync()).Should().NotContain(Customer).And.NotContain(Feature).And.NotContain(ServiceUnderTest.ApiKey)
                .And.NotContain(it.Cloud.Address.Authority);
        }
    }

    [RedisFact]
    public async Task A_full_redis_is_named_until_there_is_room()
    {
        await using var redis = await RedisServer.StartAsync("--maxmemory", "1", "--maxmemory-policy", "noeviction");
        await using var it = await ServiceUnderTest.StartAsync(new()
        {
            ["REDIS_ENVIRONMENT_PREFIX"] = "production",
            ["REDIS_HOST"] = "127.0.0.1",
            ["REDIS_PORT"] = $"{redis.Port}",
        });

        await Eventually.HoldsAsync(async () =>
        {
            await AskAsync(it);
            return await CauseIsAsync(it, "redis_full");
        });
    }

    [Fact]
    public async Task A_bound_that_is_too_small_for_those_who_ask_is_named()
    {
        const int Count = 2_000;
        await using var it = await ServiceUnderTest.StartAsync(
            new() { ["CACHE_MAX_SIZE_BYTES"] = "1048576", ["UPSTREAM_MAX_RPS"] = "100000" }, data: Many.Customers(Count));

        await Eventually.HoldsAsync(async () =>
        {
            // On a busy machine a read may be late: that is not what this is about.
            await Many.AskEachAsync(it, Count, isEachRead: false);
            return await CauseIsAsync(it, "memory_too_small");
        });
    }

    private static async Task<Browser> OpenAsync(ServiceUnderTest it)
    {
        var browser = await Browser.StartAsync(new Uri(it.Service.MetricsAddress, "/status"));
        await browser.OpenAsync();
        return browser;
    }

    // The metrics say the same as the page.
    private static async Task<bool> CauseIsAsync(ServiceUnderTest it, string name)
    {
        var page = await (await it.Service.GetAsync("/status")).Content.ReadAsStringAsync();
        var metrics = await (await it.Service.GetAsync("/metrics")).Content.ReadAsStringAsync();
        return page.Contains($"<code>{name}</code>", StringComparison.Ordinal)
            && metrics.Contains($"sidecar_status_cause{{cause=\"{name}\"}} 1", StringComparison.Ordinal);
    }

    private static async Task ShowsAsync(Browser browser, string state, Func<Task>? meanwhile = null, params string[] causes)
    {
        PageSeen? seen = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                if (meanwhile is not null)
                    await meanwhile();
                seen = await browser.LookAsync();
                return seen.State == state && seen.Causes.SequenceEqual(causes);
            },
            why: () => $"{seen}: {string.Join(", ", seen?.Causes ?? [])}");
    }
}
