using Sidecar.Actors.Metrics;
using Sidecar.Actors.Redis;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Persistence;
using Sidecar.Testing;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;
using EntitlementResetPeriod = Stigg.Sidecar.V1.EntitlementResetPeriod;

namespace Sidecar.Actors.Tests.Redis;

/// <summary>Entries in a real redis-server, looked at as other programs do.</summary>
public sealed partial class RedisEntriesSpecs : IAsyncLifetime
{
    private static readonly EntryKey Own = new("customer");
    private static readonly EntryKey Resource = new("customer", "resource");
    private static readonly EntitlementReference Calls = new("calls", IsCredit: false);
    private RedisServer _server = null!;
    private RedisBench _bench = null!;

    public async Task InitializeAsync()
    {
        if (RedisFactAttribute.ReasonToSkip is not null)
            return;
        _server = await RedisServer.StartAsync();
        _bench = await RedisBench.StartAsync(_server);
    }

    public async Task DisposeAsync()
    {
        if (_server is null)
            return;
        await _bench.DisposeAsync();
        await _server.DisposeAsync();
    }

    [RedisFact]
    public async Task What_is_saved_stands_under_the_layout_s_keys_byte_for_byte()
    {
        await _bench.SaveAsync(Own, States.Metered(day: 3, limit: 100.5, usageDay: 4, used: 2.25));

        var (set, usage) = (Milliseconds(3), Milliseconds(4));
        (await AllAsync()).Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["env:c_customer"] =
                """{"calls":{"calculatedEntitlement":{"type":"FEATURE","feature":{"id":"calls","displayName":"calls","featureType":"NUMBER",""" +
                """ "meterType":"Fluctuating","units":"","unitsPlural":""},"usageLimit":100.5,"hasUnlimitedUsage":false,"hasSoftLimit":false,""".TrimStart() +
                """ "enumValues":[]},"usageData":{"currentUsage":2.25,"usagePeriodStart":null,"usagePeriodEnd":null},""".TrimStart() +
                """ "featureUsage":{"currentUsage":2.25,"usagePeriodStart":null,"usagePeriodEnd":null}}}""".TrimStart(),
            ["env:c_customer#timestamp"] = set,
            ["env:c_customer:metadata"] = """{"accessDeniedReason":null}""",
            ["env:c_customer:metadata#timestamp"] = set,
            ["env:c_customer:f_calls"] = """{"currentUsage":2.25,"usagePeriodStart":null,"usagePeriodEnd":null}""",
            ["env:c_customer:f_calls#timestamp"] = usage,
        });
        foreach (var key in _bench.Keys())
            (await _bench.Raw.KeyTimeToLiveAsync(key))!.Value.TotalSeconds.Should().BeInRange(604_790, 604_800);
    }

    [RedisFact]
    public async Task A_resource_has_keys_of_its_own_beside_its_customer_s()
    {
        await _bench.SaveAsync(Resource, States.Metered(day: 3));

        _bench.Keys().Should().Equal(
            "env:c_customer:r_resource", "env:c_customer:r_resource#timestamp", "env:c_customer:r_resource:f_calls",
            "env:c_customer:r_resource:f_calls#timestamp", "env:c_customer:r_resource:metadata", "env:c_customer:r_resource:metadata#timestamp");
    }

    [RedisFact]
    public async Task Without_a_life_keys_have_no_end_and_one_that_they_had_is_taken_away()
    {
        await _bench.SaveAsync(Own, States.Metered(day: 3));
        await using var endless = await RedisBench.StartAsync(_server, settings => settings with { KeysTtl = null });

        await endless.SaveAsync(Own, States.Metered(day: 3));

        foreach (var key in _bench.Keys())
            (await _bench.Raw.KeyTimeToLiveAsync(key)).Should().BeNull();
    }

    [RedisFact]
    public async Task What_is_saved_is_loaded_as_the_same()
    {
        var state = EntitlementState.Create(AccessDeniedReason.NoActiveSubscription, [
            .. States.Metered(day: 3, limit: 0.1, usageDay: 4, used: 1e-7, featureId: "with space: and 日本").All(),
            new CreditEntitlement(new CreditCurrency("tokens", "Tokens"))
            {
                UpdatedAt = States.Day(3),
                UsageLimit = 1e21,
                Usage = new Usage(0.3, States.Day(1), States.Day(9), States.Day(5)),
            },
        ]);
        var key = new EntryKey("ein Ümläut: 😀 c_x", "a:b c");
        await _bench.SaveAsync(key.Customer, States.Granting("any"));
        await _bench.SaveAsync(key, state);

        var loaded = (await _bench.LoadAsync(key))!;

        loaded.IsSameSetAs(state).Should().BeTrue();
        loaded.All().Select(e => e.Usage).Should().Equal(state.All().Select(e => e.Usage));
        loaded.UpdatedAt.Should().Be(States.Day(3));
        _bench.Counters.Redis[RedisOperation.Load, RedisOutcome.Success].Value.Should().Be(1);
    }

    [RedisFact]
    public async Task What_the_older_generation_wrote_is_loaded()
    {
        await WriteAsync("env:c_customer", """
            {"calls": {"calculatedEntitlement": {"feature": {"id": "calls", "featureType": "NUMBER", "meterType": "Incremental"}, "usageLimit": 10},
             "featureUsage": {"resetPeriod": "MONTH", "currentUsage": 1}},
             "sso": {"calculatedEntitlement": {"feature": {"id": "sso", "featureType": "BOOLEAN"}}},
             "broken": {"calculatedEntitlement": 7}}
            """, 3);
        await WriteAsync("env:c_customer:f_calls", """{"currentUsage": 4.5, "usagePeriodStart": 1, "nextResetDate": 1790000000000}""", 4);

        var state = (await _bench.LoadAsync(Own))!;

        state.All().Select(e => e.Id).Should().Equal("calls", "sso");
        state.FindFeature("calls")!.Usage.Should().Be(
            new Usage(4.5, DateTimeOffset.FromUnixTimeMilliseconds(1), DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000), States.Day(4)));
        state.FindFeature("calls")!.ResetPeriod.Should().Be(EntitlementResetPeriod.Month);
        _bench.Counters.Redis.Unreadable.Value.Should().Be(1);
        _bench.Logged.Of(503).Should().ContainSingle();
    }

    [RedisTheory]
    [InlineData("", "{\"broken", 9)]
    [InlineData("", "[]", 9)]
    [InlineData(":f_calls", "{\"curr", 9)]
    [InlineData(":f_calls", """{"currentUsage":"x"}""", 9)]
    [InlineData(":metadata", "7", 1)]
    public async Task What_can_t_be_read_as_a_whole_is_counted_and_told_and_written_over_whatever_its_date(string key, string value, int day)
    {
        await _bench.SaveAsync(Own, States.Metered(day: 1));
        await WriteAsync("env:c_customer" + key, value, day);

        (await _bench.LoadAsync(Own)).Should().BeNull();
        _bench.Counters.Redis.Unreadable.Value.Should().Be(1);
        _bench.Logged.Of(503).Should().ContainSingle();

        await _bench.SaveAsync(Own, States.Metered(day: 1));
        (await _bench.LoadAsync(Own)).Should().NotBeNull();
        await WriteAsync("env:c_customer" + key, value, 9);
        await _bench.SaveAsync(Own, States.Metered(day: 1));
        (await _bench.TextAsync("env:c_customer" + key)).Should().Be(value, "nobody has found out that it can't be read");
    }

    [RedisTheory]
    [InlineData("{}", 9)]
    [InlineData("[]", 10)]
    [InlineData("[ ]", 9)]
    public async Task What_could_not_be_read_and_has_changed_since_is_not_written_over(string value, int day)
    {
        await _bench.SaveAsync(Own, States.Metered(day: 1));
        await WriteAsync("env:c_customer", "[]", 9);
        (await _bench.LoadAsync(Own)).Should().BeNull();

        await WriteAsync("env:c_customer", value, day);
        await _bench.SaveAsync(Own, States.Metered(day: 1));

        (await _bench.TextAsync("env:c_customer")).Should().Be(value);
    }

    [RedisFact]
    public async Task So_many_values_that_can_t_be_read_are_remembered_and_beyond_it_those_after()
    {
        for (var i = 0; i <= RedisEntries.MaxUnreadable; i++)
        {
            await WriteAsync($"env:c_customer-{i}", "[]", 9);
            await _bench.LoadAsync(new EntryKey($"customer-{i}"));
        }

        await _bench.SaveAsync(new EntryKey("customer-0"), States.Metered(day: 1));
        await _bench.SaveAsync(new EntryKey($"customer-{RedisEntries.MaxUnreadable}"), States.Metered(day: 1));

        (await _bench.TextAsync("env:c_customer-0")).Should().Be("[]");
        (await _bench.TextAsync($"env:c_customer-{RedisEntries.MaxUnreadable}")).Should().StartWith("{");
    }

    [RedisFact]
    public async Task What_the_newer_generation_wrote_is_loaded()
    {
        await WriteAsync("env:c_customer", """
            {"CREDIT-tokens": {"calculatedEntitlement": {"type": "CREDIT", "currency": {"currencyId": "tokens", "displayName": "Tokens"}, "usageLimit": 500},
             "usageData": {"currentUsage": 1}}}
            """, 3);
        await WriteAsync("env:c_customer:metadata", """{"accessDeniedReason": "NoActiveSubscription"}""", 3);
        await WriteAsync("env:c_customer:credit_tokens", """{"currentUsage": 120, "usagePeriodStart": null, "usagePeriodEnd": null}""", 5);

        var state = (await _bench.LoadAsync(Own))!;

        state.AccessDeniedReason.Should().Be(AccessDeniedReason.NoActiveSubscription);
        state.FindCredit("tokens")!.Usage.Should().Be(new Usage(120, null, null, States.Day(5)));
    }

    [RedisTheory]
    [InlineData("env:c_customer")]
    [InlineData("env:c_customer#timestamp")]
    [InlineData("env:c_customer:metadata#timestamp")]
    [InlineData("env:c_customer:f_calls")]
    [InlineData("env:c_customer:f_calls#timestamp")]
    public async Task An_entry_that_is_not_whole_is_not_there(string missing)
    {
        await _bench.SaveAsync(Own, States.Metered(day: 3));
        (await _bench.LoadAsync(Own)).Should().NotBeNull();

        await _bench.Raw.KeyDeleteAsync(missing);

        (await _bench.LoadAsync(Own)).Should().BeNull();
        _bench.Counters.Redis[RedisOperation.Load, RedisOutcome.Missing].Value.Should().Be(1);
        _bench.Counters.RedisClientErrors.Value.Should().Be(0);
    }

    [RedisFact]
    public async Task A_reason_of_another_date_than_the_set_s_is_left_from_an_earlier_one()
    {
        await _bench.SaveAsync(Own, EntitlementState.Create(AccessDeniedReason.CustomerIsArchived, States.Metered(day: 3).All()));
        await WriteAsync("env:c_customer", (await _bench.TextAsync("env:c_customer"))!, 4);

        (await _bench.LoadAsync(Own))!.AccessDeniedReason.Should().BeNull("a program of the older generation has replaced the set");
    }

    [RedisTheory]
    [InlineData(3, false)]
    [InlineData(5, true)]
    [InlineData(6, true)]
    public async Task The_later_date_wins_and_of_two_equal_ones_the_later_write(int day, bool isTaken)
    {
        await _bench.SaveAsync(Own, States.Metered(day: 5, limit: 5, usageDay: 5, used: 5));

        await _bench.SaveAsync(Own, States.Metered(day, limit: 1, usageDay: day, used: 1));

        var loaded = (await _bench.LoadAsync(Own))!.FindFeature("calls")!;
        (loaded.UsageLimit, loaded.Usage.Current).Should().Be(isTaken ? (1, 1) : (5, 5));
        (await _bench.TextAsync("env:c_customer#timestamp")).Should().Be(Milliseconds(isTaken ? day : 5));
    }

    [RedisFact]
    public async Task Set_and_usage_are_dated_each_by_itself()
    {
        await _bench.SaveAsync(Own, States.Metered(day: 5, limit: 5, usageDay: 5, used: 5));

        await _bench.SaveAsync(Own, States.Metered(day: 4, limit: 4, usageDay: 6, used: 6));

        var loaded = (await _bench.LoadAsync(Own))!.FindFeature("calls")!;
        (loaded.UsageLimit, loaded.Usage.Current).Should().Be((5, 6));
    }

    [RedisFact]
    public async Task An_empty_set_always_wins_and_any_date_comes_after_it()
    {
        await _bench.SaveAsync(Own, States.Metered(day: 5));

        await _bench.SaveAsync(Own, EntitlementState.Create(AccessDeniedReason.NoActiveSubscription, []));

        (await _bench.TextAsync("env:c_customer")).Should().Be("{}");
        (await _bench.TextAsync("env:c_customer#timestamp")).Should().Be("0");
        var loaded = (await _bench.LoadAsync(Own))!;
        (loaded.IsEmpty, loaded.AccessDeniedReason).Should().Be((true, AccessDeniedReason.NoActiveSubscription));

        await _bench.SaveAsync(Own, States.Metered(day: 1));
        (await _bench.LoadAsync(Own))!.FindFeature("calls").Should().NotBeNull();
    }

    [RedisFact]
    public async Task An_empty_set_that_is_written_again_wins_only_where_it_is_owed()
    {
        await _bench.SaveAsync(Own, States.Metered(day: 5));
        var empty = EntitlementState.Create(AccessDeniedReason.NoActiveSubscription, []);

        await _bench.Entries.RestoreAsync(Own, empty, isOwed: false, TimeSpan.FromSeconds(5));
        (await _bench.LoadAsync(Own))!.IsEmpty.Should().BeFalse();

        await _bench.Entries.RestoreAsync(Own, empty, isOwed: true, TimeSpan.FromSeconds(5));
        (await _bench.LoadAsync(Own))!.IsEmpty.Should().BeTrue();
    }

    [RedisFact]
    public async Task An_older_write_is_taken_where_only_the_date_of_a_value_is_left()
    {
        await _bench.SaveAsync(Own, States.Metered(day: 5, usageDay: 5));
        await _bench.Raw.KeyDeleteAsync(["env:c_customer", "env:c_customer:f_calls"]);

        await _bench.SaveAsync(Own, States.Metered(day: 1, limit: 1));

        (await _bench.LoadAsync(Own))!.FindFeature("calls")!.UsageLimit.Should().Be(1);
    }

    [RedisTheory]
    [InlineData("no number")]
    [InlineData("")]
    [InlineData("inf")]
    [InlineData("nan")]
    [InlineData("1e300")]
    [InlineData("0x7fffffffffffff")]
    [InlineData("9999999999999999")]
    [InlineData(" 1790000000000")]
    public async Task A_date_that_is_none_is_as_good_as_missing(string date)
    {
        await _bench.SaveAsync(Own, States.Metered(day: 5));
        await _bench.Raw.StringSetAsync("env:c_customer#timestamp", date);

        await _bench.SaveAsync(Own, States.Metered(day: 1, limit: 1));

        (await _bench.LoadAsync(Own))!.FindFeature("calls")!.UsageLimit.Should().Be(1);
    }

    [RedisFact]
    public async Task A_key_that_holds_something_else_is_replaced()
    {
        await _bench.Raw.ListLeftPushAsync("env:c_customer#timestamp", "a");
        await _bench.Raw.ListLeftPushAsync("env:c_customer", "a");
        (await _bench.LoadAsync(Own)).Should().BeNull();

        await _bench.SaveAsync(Own, States.Metered(day: 1));

        (await _bench.LoadAsync(Own)).Should().NotBeNull();
    }

    [RedisFact]
    public async Task A_usage_is_written_by_its_date_and_nothing_else_is()
    {
        await _bench.SaveAsync(Own, States.Metered(day: 5, limit: 5, usageDay: 5, used: 5));
        var before = await AllAsync();

        await _bench.SaveAsync(Own, States.Metered(day: 9, limit: 9, usageDay: 4, used: 4), StoredChange.UsageOf(Calls));
        (await AllAsync()).Should().BeEquivalentTo(before);

        await _bench.SaveAsync(Own, States.Metered(day: 9, limit: 9, usageDay: 6, used: 6), StoredChange.UsageOf(Calls));
        before["env:c_customer:f_calls"] = before["env:c_customer:f_calls"].Replace("5", "6", StringComparison.Ordinal);
        before["env:c_customer:f_calls#timestamp"] = Milliseconds(6);
        (await AllAsync()).Should().BeEquivalentTo(before);
    }

    [RedisFact]
    public async Task A_usage_is_not_written_where_there_is_no_entry()
    {
        await _bench.SaveAsync(Own, States.Metered(day: 5), StoredChange.UsageOf(Calls));

        _bench.Keys().Should().BeEmpty();
        _bench.Counters.Redis[RedisOperation.Save, RedisOutcome.Missing].Value.Should().Be(1);
    }

    [RedisFact]
    public async Task A_usage_of_what_is_not_among_the_entitlements_any_more_is_nothing_to_write()
    {
        await _bench.SaveAsync(Own, States.Granting("other"), StoredChange.UsageOf(Calls));

        _bench.Keys().Should().BeEmpty();
        _bench.Counters.Redis.Ambiguous.Value.Should().Be(0, "no key of it could be another's");
        _bench.Logged.Of(504).Should().BeEmpty();
    }

    [RedisFact]
    public async Task A_removal_takes_exactly_four_keys()
    {
        await _bench.SaveAsync(Own, States.Metered(day: 5));
        await _bench.SaveAsync(Resource, States.Metered(day: 5));
        await _bench.SaveAsync(new EntryKey("customer-2"), States.Metered(day: 5));
        var before = _bench.Keys();

        await _bench.Entries.DeleteAsync(Own, CancellationToken.None);

        before.Except(_bench.Keys()).Should().Equal(
            "env:c_customer", "env:c_customer#timestamp", "env:c_customer:metadata", "env:c_customer:metadata#timestamp");
    }

    [RedisFact]
    public async Task An_unknown_customer_is_never_written()
    {
        await _bench.SaveAsync(Own, States.Unknown);

        _bench.Keys().Should().BeEmpty();
    }

    [RedisFact]
    public async Task A_resource_that_is_older_than_its_customer_s_set_is_there_to_be_read_again_behind_the_answer()
    {
        await _bench.SaveAsync(Resource, States.Metered(day: 5));
        await _bench.SaveAsync(Own, States.Metered(day: 6));

        (await _bench.LoadAsync(Resource)).Should().NotBeNull();
    }

    [RedisFact]
    public async Task Where_another_program_maintains_it_a_resource_that_is_older_than_its_customer_s_set_is_not_there()
    {
        await using var bench = await RedisBench.StartAsync(_server, settings => settings with { IsMaintainedElsewhere = true });
        await bench.SaveAsync(Resource, States.Metered(day: 5));
        (await bench.LoadAsync(Resource)).Should().BeNull("its customer is not there");

        await bench.SaveAsync(Own, States.Metered(day: 5));
        (await bench.LoadAsync(Resource)).Should().NotBeNull();

        await bench.SaveAsync(Own, States.Metered(day: 6));
        (await bench.LoadAsync(Resource)).Should().BeNull();

        await bench.SaveAsync(Resource, EntitlementState.Create(AccessDeniedReason.NoActiveSubscription, []));
        (await bench.LoadAsync(Resource)).Should().NotBeNull("without entitlements it has no date");
    }

    [RedisTheory]
    [InlineData("a:r_b", null)]
    [InlineData("a:f_b", null)]
    [InlineData("a:credit_b", null)]
    [InlineData("a:metadata", null)]
    [InlineData("a#timestamp", null)]
    [InlineData("a", "b:f_c")]
    [InlineData("a", "b:metadata")]
    public async Task An_entry_whose_key_could_be_another_s_is_neither_read_nor_written_nor_removed(string customer, string? resource)
    {
        var key = new EntryKey(customer, resource);
        var ready = _bench.Counters.Redis.Ambiguous.Value;
        var hostile = $"env:c_{customer}{(resource is null ? "" : $":r_{resource}")}";
        await WriteAsync("env:c_a", "{}", 1);
        await WriteAsync(hostile, "{}", 1);

        (await _bench.LoadAsync(key)).Should().BeNull();
        await _bench.SaveAsync(key, States.Metered(day: 5));
        await _bench.Entries.DeleteAsync(key, CancellationToken.None);

        _bench.Keys().Should().BeEquivalentTo(new[] { "env:c_a", "env:c_a#timestamp", hostile, hostile + "#timestamp" }.Distinct());
        (await _bench.TextAsync(hostile)).Should().Be("{}");
        (_bench.Counters.Redis.Ambiguous.Value - ready).Should().Be(3);
        _bench.Logged.Of(504).Should().ContainSingle();
    }

    [RedisFact]
    public async Task An_entry_with_a_usage_whose_key_would_be_a_date_s_is_kept_in_memory_only()
    {
        await _bench.SaveAsync(Own, States.Metered(day: 5, featureId: "calls#timestamp"));

        _bench.Keys().Should().BeEmpty();
        _bench.Counters.Redis.Ambiguous.Value.Should().Be(1);
    }

    [RedisFact]
    public async Task A_server_that_forgets_its_scripts_is_taught_again()
    {
        await _bench.SaveAsync(Own, States.Metered(day: 1));
        await _bench.Server.ScriptFlushAsync();

        await _bench.SaveAsync(Own, States.Metered(day: 2, limit: 2));

        (await _bench.LoadAsync(Own))!.FindFeature("calls")!.UsageLimit.Should().Be(2);
    }

    [RedisFact]
    public async Task Entries_are_counted()
    {
        await _bench.SaveAsync(Own, States.Metered(day: 1));

        (await _bench.Entries.CountAsync([Own, new EntryKey("nobody")], TimeSpan.FromSeconds(5))).Should().Be(1);
    }

    private static string Milliseconds(int day) =>
        States.Day(day).ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture);

    private async Task WriteAsync(string key, string value, int day)
    {
        await _bench.Raw.StringSetAsync(key, value);
        await _bench.Raw.StringSetAsync(key + "#timestamp", Milliseconds(day));
    }

    private async Task<Dictionary<string, string>> AllAsync()
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var key in _bench.Keys())
            all[key] = (await _bench.TextAsync(key))!;
        return all;
    }
}
