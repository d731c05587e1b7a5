using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Redis;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;
using Sidecar.Testing;

namespace Sidecar.Actors.Tests.Redis;

/// <summary>The connection to a real redis-server that is not there, goes, refuses, hangs, or is none of those that can be used.</summary>
public sealed class RedisConnectionSpecs
{
    private const int Gone = 500;
    private const int Back = 501;
    private const int Misfit = 505;
    private static readonly EntryKey Own = new("customer");
    private static readonly EntitlementState State = States.Metered(day: 1);

    [RedisFact]
    public async Task A_server_that_is_down_at_the_start_is_found_when_it_comes_up()
    {
        await using var server = await RedisServer.StartAsync();
        await server.KillAsync();
        await using var bench = RedisBench.Begin(RedisBench.Settings(server.Port));
        (await FailureAsync(bench)).Kind.Should().Be(RedisFailureKind.Unreachable);
        await Eventually.HoldsAsync(() => bench.Logged.Of(Gone).Count > 0, "a line that it is gone");

        await server.StartAgainAsync();
        await bench.IsUpAsync();
        await bench.SaveAsync(Own, State);

        await Eventually.HoldsAsync(() => bench.Counters.Redis.IsUp.Value == 1, "it is shown");
        bench.Logged.Of(Gone).Should().ContainSingle();
        bench.Logged.Of(Back).Should().ContainSingle();
    }

    [RedisFact]
    public async Task A_server_that_crashes_and_comes_back_is_used_again_and_what_is_asked_meanwhile_fails_at_once()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await RedisBench.StartAsync(server);
        var restored = 0;
        bench.Connection.Restored += (_, _) => Interlocked.Increment(ref restored);
        await bench.SaveAsync(Own, State);

        await server.KillAsync();
        await Eventually.HoldsAsync(() => !bench.Connection.IsUp, "that it is noticed");
        await Eventually.HoldsAsync(() => bench.Counters.RedisClientErrors.Value > 0, "a count");
        bench.Counters.Redis.IsUp.Value.Should().Be(0);
        bench.Counters.RedisClientErrors.Value.Should().Be(1, "one connection was lost");
        (await FailureAsync(bench)).Kind.Should().Be(RedisFailureKind.Unreachable, "a limit that is waited for would be another failure");

        await server.StartAgainAsync();
        await bench.IsUpAsync();
        await bench.SavesAgainAsync(Own, State);

        // It is told on a thread of the client's, be it after the first save.
        await Eventually.HoldsAsync(() => Volatile.Read(ref restored) == 1, "the news of it");
        bench.Logged.Of(Gone).Should().ContainSingle();
        bench.Logged.Of(Back).Should().ContainSingle();
    }

    [RedisFact]
    public async Task It_is_told_to_be_back_also_where_nobody_asks_for_anything()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await RedisBench.StartAsync(server);
        await server.KillAsync();
        await Eventually.HoldsAsync(() => bench.Logged.Of(Gone).Count == 1, "a line that it is gone");

        await server.StartAgainAsync();

        await Eventually.HoldsAsync(() => bench.Logged.Of(Back).Count == 1, "a line that it is back");
    }

    [RedisFact]
    public async Task A_password_that_was_wrong_is_asked_for_again_once_it_was_replaced()
    {
        await using var server = await RedisServer.StartAsync("--requirepass", "right");
        var settings = RedisBench.Settings(server.Port) with { Password = new RedisPassword(new Secret("wrong-d1c5")) };
        await using var bench = RedisBench.Begin(settings);
        // A try that takes long on a busy machine is told first, as one that is out of reach.
        await Eventually.HoldsAsync(
            () => bench.Logged.Of(Gone).Any(line => line.Text.Contains("Denied", StringComparison.Ordinal)), "a line that it is denied");
        (await FailureAsync(bench)).Should().NotBeNull();

        settings.Password.Replace(new Secret("right"));
        await bench.IsUpAsync();
        await bench.SavesAgainAsync(Own, State);

        bench.Logged.Of(Back).Should().NotBeEmpty();
        bench.Logged.Lines.Should().NotContain(line => line.Text.Contains("wrong-d1c5", StringComparison.Ordinal));
    }

    [RedisFact]
    public async Task A_user_who_may_use_nothing_but_the_layout_s_keys_and_the_commands_needed_can_do_all_of_it()
    {
        await using var server = await RedisServer.StartAsync(
            "--user", "sidecar", "on", ">secret", "~env:*", "~env-*", "resetchannels", "-@all", "+@read", "+@write", "+@connection", "+@scripting", "+info", "+cluster|nodes",
            "--user", "default", "on", "nopass", "~*", "&*", "+@all");
        await using var bench = await RedisBench.StartAsync(
            server, settings => settings with { Username = "sidecar", Password = new RedisPassword(new Secret("secret")) });

        await bench.SaveAsync(Own, State);
        await bench.SaveAsync(Own, States.Metered(day: 1, usageDay: 2, used: 2), Protocol.Persistence.StoredChange.UsageOf(new EntitlementReference("calls", IsCredit: false)));
        (await bench.LoadAsync(Own))!.FindFeature("calls")!.Usage.Current.Should().Be(2);
        (await bench.Entries.CountAsync([Own], TimeSpan.FromSeconds(5))).Should().Be(1);
        await bench.Entries.DeleteAsync(Own, CancellationToken.None);

        bench.Counters.RedisClientErrors.Value.Should().Be(0);
        bench.Logged.Lines.Should().BeEmpty();
    }

    [RedisFact]
    public async Task A_user_who_may_not_write_reads_on_and_has_one_line()
    {
        await using var server = await RedisServer.StartAsync(
            "--user", "reader", "on", ">secret", "~*", "&*", "+@all", "-set", "--user", "default", "on", "nopass", "~*", "&*", "+@all");
        await using var writer = await RedisBench.StartAsync(server);
        await writer.SaveAsync(Own, State);
        await using var bench = await RedisBench.StartAsync(
            server, settings => settings with { Username = "reader", Password = new RedisPassword(new Secret("secret")) });

        for (var i = 0; i < 3; i++)
        {
            (await FailureAsync(bench)).Kind.Should().Be(RedisFailureKind.Denied);
            (await bench.LoadAsync(Own)).Should().NotBeNull();
        }

        bench.Counters.RedisClientErrors.Value.Should().Be(3);
        bench.Logged.Lines.Should().ContainSingle().Which.Text.Should().Contain("Denied");
    }

    [RedisFact]
    public async Task A_cluster_is_refused_with_a_line_that_says_so_and_nothing_is_sent_to_it()
    {
        await using var server = await RedisServer.StartAsync("--cluster-enabled", "yes");
        await using var other = await RedisBench.ConnectAsync(server);
        await using var bench = RedisBench.Begin(RedisBench.Settings(server.Port));
        await Eventually.HoldsAsync(() => bench.Logged.Of(502).Count == 1, "a line that it is a cluster");

        (await FailureAsync(bench)).Kind.Should().Be(RedisFailureKind.Cluster);
        await bench.Invoking(b => b.LoadAsync(Own)).Should().ThrowAsync<RedisFailureException>();

        bench.Connection.IsUp.Should().BeFalse();
        bench.Counters.Redis.IsUp.Value.Should().Be(0);
        bench.Logged.Lines.Should().ContainSingle().Which.Text.Should().Contain("Redis Cluster");
        var sent = (string)(await other.GetDatabase().ExecuteAsync("INFO", "commandstats"))!;
        sent.Should().NotContain("cmdstat_mget").And.NotContain("cmdstat_evalsha").And.NotContain("cmdstat_script");
    }

    [RedisFact]
    public async Task A_replica_is_read_and_takes_no_writes()
    {
        await using var master = await RedisServer.StartAsync();
        await using var writer = await RedisBench.StartAsync(master);
        await writer.SaveAsync(Own, State);
        await using var replica = await RedisServer.StartAsync(
            "--replicaof", "127.0.0.1", master.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await using var bench = await RedisBench.StartAsync(replica);
        await Eventually.HoldsAsync(() => bench.Keys().Length == 6, "the master's keys");

        (await bench.LoadAsync(Own)).Should().NotBeNull();
        var refused = await FailureAsync(bench);
        refused.Kind.Should().Be(RedisFailureKind.ReadOnly, refused.Message);
        var delete = async () => await bench.Entries.DeleteAsync(Own, CancellationToken.None);
        (await delete.Should().ThrowAsync<RedisFailureException>()).Which.Kind.Should().Be(RedisFailureKind.ReadOnly);

        (await bench.LoadAsync(Own)).Should().NotBeNull();
        bench.Counters.RedisClientErrors.Value.Should().Be(2);
        bench.Logged.Lines.Should().ContainSingle().Which.Text.Should().Contain("ReadOnly");
    }

    [RedisFact]
    public async Task A_full_server_is_read_and_takes_writes_again_once_there_is_room()
    {
        await using var server = await RedisServer.StartAsync("--maxmemory-policy", "noeviction");
        await using var bench = await RedisBench.StartAsync(server);
        await bench.SaveAsync(Own, State);
        await bench.Server.ConfigSetAsync("maxmemory", "1");

        (await FailureAsync(bench)).Kind.Should().Be(RedisFailureKind.OutOfMemory);
        (await FailureAsync(bench)).Kind.Should().Be(RedisFailureKind.OutOfMemory);
        (await bench.LoadAsync(Own)).Should().NotBeNull();
        bench.Logged.Of(Gone).Should().ContainSingle();
        bench.Logged.Of(Back).Should().BeEmpty("a read says nothing of that");
        bench.Counters.RedisClientErrors.Value.Should().Be(2);

        await bench.Server.ConfigSetAsync("maxmemory", "0");
        await bench.SaveAsync(Own, State);
        bench.Logged.Of(Back).Should().ContainSingle();
    }

    [TimedRedisFact]
    public async Task A_server_that_hangs_is_waited_for_no_longer_than_the_limits_and_so_is_the_end()
    {
        await using var server = await RedisServer.StartAsync();
        var bench = await RedisBench.StartAsync(server);
        await bench.SaveAsync(Own, State);
        server.Freeze();
        try
        {
            var watch = Stopwatch.StartNew();
            using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            var operations = Enumerable.Range(0, 500).Select(async i =>
            {
                var load = async () => await bench.Entries.LoadAsync(new EntryKey($"c{i}"), limit.Token);
                (await load.Should().ThrowAsync<RedisFailureException>()).Which.Kind.Should().Be(RedisFailureKind.Timeout);
            });
            await Task.WhenAll(operations);
            watch.ElapsedMilliseconds.Should().BeLessThan(8_000);
            bench.Counters.RedisClientErrors.Value.Should().Be(500);
            bench.Logged.Lines.Should().ContainSingle();

            watch.Restart();
            await bench.Connection.DisposeAsync();
            watch.ElapsedMilliseconds.Should().BeLessThan(5_000);
        }
        finally
        {
            server.Thaw();
        }

        await bench.DisposeAsync();
    }

    [RedisFact]
    public async Task A_server_that_hung_is_used_again_when_it_goes_on()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await RedisBench.StartAsync(server);
        await bench.SaveAsync(Own, State);
        server.Freeze();
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var save = async () => await bench.Entries.SaveAsync(Own, State, Protocol.Persistence.StoredChange.All, limit.Token);
        (await save.Should().ThrowAsync<RedisFailureException>()).Which.Kind.Should().Be(RedisFailureKind.Timeout);

        server.Thaw();
        await bench.SavesAgainAsync(Own, States.Metered(day: 2, limit: 2));

        (await bench.LoadAsync(Own))!.FindFeature("calls")!.UsageLimit.Should().Be(2);
        bench.Logged.Of(Gone).Should().ContainSingle();
        bench.Logged.Of(Back).Should().ContainSingle();
    }

    [RedisFact]
    public async Task A_load_without_an_answer_in_time_is_counted_and_told_though_it_comes_in_the_end()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await RedisBench.StartAsync(server, WithAShortTimeout);
        await bench.SaveAsync(Own, State);
        server.Freeze();
        var load = bench.LoadAsync(Own);
        await Eventually.HoldsAsync(() => bench.Counters.RedisClientErrors.Value == 1, "a count");
        load.IsCompleted.Should().BeFalse();

        server.Thaw();

        (await load).Should().NotBeNull();
        bench.Counters.RedisClientErrors.Value.Should().Be(1);
        bench.Counters.Redis[RedisOperation.Load, RedisOutcome.Success].Value.Should().Be(1);
        bench.Logged.Of(Gone).Should().ContainSingle().Which.Text.Should().Contain("Timeout");
        bench.Logged.Of(Back).Should().ContainSingle();
    }

    [RedisFact]
    public async Task A_save_without_an_answer_within_a_second_is_counted_though_it_comes_in_the_end()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await RedisBench.StartAsync(server);
        await bench.SaveAsync(Own, State);
        server.Freeze();
        var save = bench.SaveAsync(Own, States.Metered(day: 2, limit: 2));
        await Eventually.HoldsAsync(() => bench.Counters.RedisClientErrors.Value == 1, "a count");

        server.Thaw();

        await save;
        bench.Counters.RedisClientErrors.Value.Should().Be(1);
        bench.Counters.Redis[RedisOperation.Save, RedisOutcome.Failure].Value.Should().Be(0);
    }

    [RedisFact]
    public async Task Of_a_server_that_hangs_loads_are_not_asked_any_more_but_for_one_a_second_and_are_again_when_it_answers()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await RedisBench.StartAsync(server, WithAShortTimeout);
        await bench.SaveAsync(Own, State);
        server.Freeze();
        Task[] hanging = [.. Enumerable.Range(0, RedisBreaker.Threshold).Select(_ => bench.LoadAsync(Own))];
        await Eventually.HoldsAsync(() => bench.Counters.Redis.AreLoadsSuspended.Value == 1, "that loads are suspended");

        var load = async () => await bench.LoadAsync(Own);
        (await load.Should().ThrowAsync<RedisFailureException>()).Which.Kind.Should().Be(RedisFailureKind.Suspended);
        bench.Counters.Redis.AreSavesSuspended.Value.Should().Be(0, "saves have a breaker of their own");
        bench.Logged.Of(Gone).Should().ContainSingle();

        server.Thaw();
        await Task.WhenAll(hanging);
        bench.Counters.Redis.AreLoadsSuspended.Value.Should().Be(0);
        (await bench.LoadAsync(Own)).Should().NotBeNull();
        bench.Logged.Of(Back).Should().ContainSingle();
    }

    [RedisFact]
    public async Task Of_a_server_that_hangs_saves_are_not_asked_any_more_either_and_deletes_go_with_them()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await RedisBench.StartAsync(server);
        await bench.SaveAsync(Own, State);
        server.Freeze();
        Task[] hanging = [.. Enumerable.Range(0, RedisBreaker.Threshold).Select(i => bench.SaveAsync(new EntryKey($"c{i}"), State))];
        await Eventually.HoldsAsync(() => bench.Counters.Redis.AreSavesSuspended.Value == 1, "that saves are suspended");

        var delete = async () => await bench.Entries.DeleteAsync(Own, CancellationToken.None);
        (await delete.Should().ThrowAsync<RedisFailureException>()).Which.Kind.Should().Be(RedisFailureKind.Suspended);
        (await FailureAsync(bench)).Kind.Should().Be(RedisFailureKind.Suspended);
        bench.Counters.Redis.AreLoadsSuspended.Value.Should().Be(0);

        server.Thaw();
        await Task.WhenAll(hanging);
        bench.Counters.Redis.AreSavesSuspended.Value.Should().Be(0);
        await bench.SaveAsync(Own, State);
    }

    [RedisFact]
    public async Task A_new_connection_ends_the_suspension()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await RedisBench.StartAsync(server, WithAShortTimeout);
        await bench.SaveAsync(Own, State);
        server.Freeze();
        Task[] hanging = [.. Enumerable.Range(0, RedisBreaker.Threshold).Select(_ => bench.LoadAsync(Own))];
        await Eventually.HoldsAsync(() => bench.Counters.Redis.AreLoadsSuspended.Value == 1, "that loads are suspended");

        await server.KillAsync();
        await Task.WhenAll(hanging.Select(task => task.ContinueWith(_ => { }, TaskScheduler.Default)));
        await server.StartAgainAsync();

        await Eventually.HoldsAsync(() => bench.Counters.Redis.AreLoadsSuspended.Value == 0, "that it is over");
    }

    [Fact]
    public async Task A_name_that_can_t_be_resolved_is_told()
    {
        await using var bench = RedisBench.Begin(RedisBench.Settings(6379) with { EndPoints = [new("no-such-host.invalid", 6379)] });

        await Eventually.HoldsAsync(() => bench.Logged.Of(Gone).Count == 1, "a line that it is gone");

        bench.Logged.Of(Gone)[0].Text.Should().Contain("Unreachable");
        (await FailureAsync(bench)).Kind.Should().Be(RedisFailureKind.Unreachable);
    }

    [Fact]
    public async Task Sentinels_whose_names_can_t_be_resolved_are_told()
    {
        await using var bench = RedisBench.Begin(
            RedisBench.Settings(6379) with { EndPoints = [new("no-such-host.invalid", 26379)], SentinelMaster = "main" });

        await Eventually.HoldsAsync(() => bench.Logged.Of(Gone).Count == 1, "a line that they are gone");
        bench.Logged.Of(Gone)[0].Text.Should().Contain("Unreachable");
    }

    [RedisFact]
    public async Task A_server_that_forgets_its_scripts_is_written_to_all_the_same()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await RedisBench.StartAsync(server);
        await bench.SaveAsync(Own, State);
        await bench.Raw.ExecuteAsync("SCRIPT", "FLUSH");

        await bench.SaveAsync(Own, States.Metered(day: 2, limit: 2));

        (await bench.LoadAsync(Own))!.FindFeature("calls")!.UsageLimit.Should().Be(2);
        bench.Counters.RedisClientErrors.Value.Should().Be(0);
    }

    [TimedRedisFact]
    public async Task A_host_that_can_t_be_reached_does_not_keep_the_end()
    {
        // A network for documentation: nobody answers, and nobody refuses.
        var bench = RedisBench.Begin(RedisBench.Settings(6379) with { EndPoints = [new("192.0.2.1", 6379), new("no-such-host.invalid", 6379)] });
        await Task.Delay(200);
        var watch = Stopwatch.StartNew();

        await bench.DisposeAsync();

        watch.ElapsedMilliseconds.Should().BeLessThan(5_000);
    }

    [RedisTheory]
    [InlineData(50, "+select")]
    [InlineData(3, "-select")]
    public async Task A_database_that_is_not_there_or_may_not_be_selected_is_refused_and_no_other_one_takes_its_place(int database, string right)
    {
        await using var server = await RedisServer.StartAsync(AsTheOnlyUser(right));
        await using var other = await RedisBench.ConnectAsync(server);
        await using var bench = RedisBench.Begin(AsSidecar(server) with { Database = database });

        for (var i = 0; i < 20; i++)
        {
            await FailureAsync(bench);
            await bench.Invoking(b => b.LoadAsync(Own)).Should().ThrowAsync<RedisFailureException>();
            await Task.Delay(50);
        }

        (await FailureAsync(bench)).Kind.Should().Be(RedisFailureKind.Settings);
        bench.Connection.IsUp.Should().BeFalse();
        bench.Counters.Redis.IsUp.Value.Should().Be(0);
        bench.Counters.RedisClientErrors.Value.Should().BePositive();
        bench.Logged.Of(Misfit).Should().ContainSingle().Which.Text.Should().Contain($"REDIS_DB is {database}").And.Contain("expected").And.Contain(
            right == "-select" ? "NOPERM" : "out of range");
        await NothingWasAskedAsync(other);
    }

    [RedisFact]
    public async Task A_database_that_may_be_selected_later_is_used_then_and_no_more_when_a_new_connection_may_not()
    {
        await using var server = await RedisServer.StartAsync(AsTheOnlyUser("-select"));
        await using var other = await RedisBench.ConnectAsync(server);
        await using var bench = RedisBench.Begin(AsSidecar(server) with { Database = 3 });
        await Eventually.HoldsAsync(() => bench.Logged.Of(Misfit).Count == 1, "a line that it may not");

        await other.GetDatabase().ExecuteAsync("ACL", "SETUSER", "sidecar", "+select");
        await bench.IsUpAsync();
        await bench.SavesAgainAsync(Own, State);
        (await bench.LoadAsync(Own)).Should().NotBeNull();
        await Eventually.HoldsAsync(() => bench.Logged.Of(Back).Count == 1, "a line that it is back");
        (await other.GetDatabase(3).KeyExistsAsync("env:c_customer")).Should().BeTrue();

        await other.GetDatabase().ExecuteAsync("ACL", "SETUSER", "sidecar", "-select");
        await other.GetDatabase().ExecuteAsync("CONFIG", "RESETSTAT");
        for (var i = 0; i < 5; i++)
        {
            await other.GetDatabase().ExecuteAsync("CLIENT", "KILL", "USER", "sidecar");
            for (var j = 0; j < 40; j++)
            {
                _ = bench.Entries.SaveAsync(Own, State, Protocol.Persistence.StoredChange.All, CancellationToken.None).ContinueWith(t => t.Exception, TaskScheduler.Default);
                _ = bench.LoadAsync(Own).ContinueWith(t => t.Exception, TaskScheduler.Default);
                await Task.Delay(10);
            }
        }

        await Eventually.HoldsAsync(() => !bench.Connection.IsUp, "that it is not used");
        (await FailureAsync(bench)).Should().NotBeNull();
        (await other.GetServers()[0].DatabaseSizeAsync(0)).Should().Be(0);

        await other.GetDatabase().ExecuteAsync("ACL", "SETUSER", "sidecar", "+select");
        await bench.SavesAgainAsync(Own, State);
        (await other.GetServers()[0].DatabaseSizeAsync(0)).Should().Be(0);
    }

    [RedisFact]
    public async Task The_default_database_needs_no_right_to_select()
    {
        await using var server = await RedisServer.StartAsync(AsTheOnlyUser("-select"));
        await using var bench = RedisBench.Begin(AsSidecar(server));

        await bench.IsUpAsync();
        await bench.SaveAsync(Own, State);

        bench.Logged.Lines.Should().BeEmpty();
    }

    [RedisTheory]
    [InlineData("withdrawn")]
    [InlineData("replaced")]
    public async Task A_password_that_no_longer_counts_is_told_as_denied_in_words_and_used_again_when_it_does(string how)
    {
        await using var server = await RedisServer.StartAsync(AsTheOnlyUser("+select"));
        await using var other = await RedisBench.ConnectAsync(server);
        await other.GetDatabase().ExecuteAsync("ACL", "SETUSER", "default", ">admin");
        var settings = AsSidecar(server);
        await using var bench = RedisBench.Begin(settings);
        await bench.IsUpAsync();

        if (how == "withdrawn")
            await other.GetDatabase().ExecuteAsync("ACL", "SETUSER", "sidecar", "resetpass", ">another-7e1f");
        else
            settings.Password.Replace(new Secret("wrong-d1c5"));
        await other.GetDatabase().ExecuteAsync("CLIENT", "KILL", "USER", "sidecar");

        await Eventually.HoldsAsync(() => bench.Logged.Of(Gone).Any(IsDenied), "a line that it is denied");
        var line = bench.Logged.Of(Gone).First(IsDenied).Text;
        line.Should().Contain("REDIS_USERNAME").And.Contain("REDIS_PASSWORD").And.Contain("NOAUTH").And.NotContain("Attempted command");
        bench.Logged.Lines.Should().NotContain(it => it.Text.Contains("v: ", StringComparison.Ordinal));

        await other.GetDatabase().ExecuteAsync("ACL", "SETUSER", "sidecar", ">secret");
        settings.Password.Replace(new Secret("secret"));
        await bench.SavesAgainAsync(Own, State);
        bench.Logged.Lines.Should().NotContain(it => it.Text.Contains("wrong-d1c5", StringComparison.Ordinal));
    }

    [RedisTheory]
    [InlineData(null, "NOAUTH")]
    [InlineData("wrong-d1c5", "NOAUTH")]
    public async Task A_password_that_is_missing_or_wrong_at_the_start_is_told_in_words(string? password, string word)
    {
        await using var server = await RedisServer.StartAsync("--requirepass", "right");
        await using var bench = RedisBench.Begin(
            RedisBench.Settings(server.Port) with { Password = new RedisPassword(password is null ? null : new Secret(password)) });

        await Eventually.HoldsAsync(() => bench.Logged.Of(Gone).Any(IsDenied), "a line that it is denied");

        var line = bench.Logged.Of(Gone).First(IsDenied).Text;
        line.Should().Contain("REDIS_USERNAME").And.Contain("REDIS_PASSWORD").And.Contain(word).And.NotContain("Attempted command")
            .And.NotContain("v: ").And.NotContain("wrong-d1c5");
    }

    [RedisFact]
    public async Task A_lost_connection_is_told_without_the_library_s_version()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await RedisBench.StartAsync(server);

        await server.KillAsync();

        await Eventually.HoldsAsync(() => bench.Logged.Of(Gone).Count > 0, "a line that it is gone");
        bench.Logged.Of(Gone)[0].Text.Should().NotContain("v: ").And.NotContain("Socket").And.MatchRegex("the connection (was closed|broke)");
    }

    [RedisFact]
    public async Task A_plain_server_where_sentinels_are_expected_is_refused_and_a_sentinel_in_its_place_is_used()
    {
        await using var server = await RedisServer.StartAsync();
        await using var other = await RedisBench.ConnectAsync(server);
        await using var bench = RedisBench.Begin(RedisBench.Settings(server.Port) with { SentinelMaster = "main" });

        await Eventually.HoldsAsync(() => bench.Logged.Of(Misfit).Count == 1, "a line that it is no sentinel");

        bench.Logged.Of(Misfit)[0].Text.Should().Contain("REDIS_SENTINEL_MASTER").And.Contain("main").And.Contain("REDIS_HOST")
            .And.Contain($"127.0.0.1:{server.Port}").And.Contain("sentinel");
        await FailureAsync(bench);
        bench.Connection.IsUp.Should().BeFalse();
        var errors = bench.Counters.RedisClientErrors.Value;
        await Eventually.HoldsAsync(() => bench.Counters.RedisClientErrors.Value > errors, "another try");
        await NothingWasAskedAsync(other);
    }

    [RedisTheory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task With_sentinels_the_master_is_followed_when_another_one_takes_its_place(int database)
    {
        await using var master = await RedisServer.StartAsync();
        await using var replica = await RedisServer.StartAsync(
            "--replicaof", "127.0.0.1", master.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await using var sentinel = await RedisServer.StartSentinelAsync("main", master);
        await using var bench = RedisBench.Begin(RedisBench.Settings(sentinel.Port) with { SentinelMaster = "main", Database = database });
        await bench.IsUpAsync();
        await bench.SavesAgainAsync(Own, State);
        await using var other = await RedisBench.ConnectAsync(replica);
        await Eventually.HoldsAsync(() => other.GetDatabase(database).KeyExists("env:c_customer"), "the master's keys at the replica");
        await KnowsReplicaAsync(sentinel);

        await master.KillAsync();
        await bench.SavesAgainAsync(Own, States.Metered(day: 2, limit: 2));

        (await bench.LoadAsync(Own))!.FindFeature("calls")!.UsageLimit.Should().Be(2);
        ((string?)await other.GetDatabase(database).StringGetAsync("env:c_customer")).Should().Contain("\"usageLimit\":2");
    }

    [RedisFact]
    public async Task A_password_is_the_master_s_and_sentinels_without_one_are_asked_all_the_same()
    {
        await using var master = await RedisServer.StartAsync("--requirepass", "secret");
        await using var sentinel = await RedisServer.StartSentinelAsync("main", master, "secret");
        await using var bench = RedisBench.Begin(RedisBench.Settings(sentinel.Port) with
        {
            SentinelMaster = "main",
            Password = new RedisPassword(new Secret("secret")),
        });

        await bench.IsUpAsync();

        await bench.SavesAgainAsync(Own, State);
    }

    [RedisFact]
    public async Task Sentinels_that_come_up_late_are_found()
    {
        await using var master = await RedisServer.StartAsync();
        await using var sentinel = await RedisServer.StartSentinelAsync("main", master);
        await sentinel.KillAsync();
        await using var bench = RedisBench.Begin(RedisBench.Settings(sentinel.Port) with { SentinelMaster = "main" });
        await Eventually.HoldsAsync(() => bench.Logged.Of(Gone).Count > 0, "a line that it is gone");

        await sentinel.StartAgainAsync();
        await bench.IsUpAsync();

        await bench.SavesAgainAsync(Own, State);
    }

    private static RedisSettings WithAShortTimeout(RedisSettings settings) => settings with { Timeout = RedisSettings.DefaultTimeout };

    private static string[] AsTheOnlyUser(string right) =>
    [
        "--user", "sidecar", "on", ">secret", "resetkeys", "~env:*", "~env-*", "resetchannels", "&__redis__:invalidate", "&__Booksleeve_MasterChanged", "-@all",
        "+get", "+set", "+mget", "+exists", "+del", "+unlink", "+eval", "+evalsha", "+script|load", "+ping", "+echo", right, "+info", "+subscribe",
        "+unsubscribe", "+client|setname", "+client|id", "+client|list", "+client|tracking", "+client|trackinginfo",
        "--user", "default", "on", "nopass", "~*", "&*", "+@all",
    ];

    private static RedisSettings AsSidecar(RedisServer server) =>
        RedisBench.Settings(server.Port) with { Username = "sidecar", Password = new RedisPassword(new Secret("secret")) };

    private static bool IsDenied(LogLine line) => line.Text.Contains("Denied", StringComparison.Ordinal);

    private static async Task NothingWasAskedAsync(StackExchange.Redis.ConnectionMultiplexer other)
    {
        ((string)(await other.GetDatabase().ExecuteAsync("INFO", "commandstats"))!)
            .Should().NotContain("cmdstat_mget").And.NotContain("cmdstat_evalsha").And.NotContain("cmdstat_eval:");
        ((string)(await other.GetDatabase().ExecuteAsync("INFO", "keyspace"))!).Should().NotContain("db");
    }

    // A sentinel looks for replicas every ten seconds, and does not speak to a client of its own accord.
    private static async Task KnowsReplicaAsync(RedisServer sentinel)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, sentinel.Port);
        var stream = client.GetStream();
        var buffer = new byte[64 * 1024];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        do
        {
            await Task.Delay(100, limit.Token);
            await stream.WriteAsync("SENTINEL REPLICAS main\r\n"u8.ToArray(), limit.Token);
            (await stream.ReadAtLeastAsync(buffer, 4, cancellationToken: limit.Token)).Should().BePositive();
        }
        while (buffer[1] == (byte)'0');
    }

    private static async Task<RedisFailureException> FailureAsync(RedisBench bench)
    {
        var save = async () => await bench.SaveAsync(Own, State);
        return (await save.Should().ThrowAsync<RedisFailureException>()).Which;
    }
}
