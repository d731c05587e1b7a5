using System.Collections.Concurrent;
using System.Runtime.Serialization;
using Akka.Actor;
using Sidecar.Actors.Entries;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests;

/// <summary>All actors of a process by itself together.</summary>
public sealed class WholeSystemSpecs(WholeSystem system) : IClassFixture<WholeSystem>
{
    private const int NoAnswer = 200;
    private const int RequestsBetweenKills = 100;

    [Theory]
    [InlineData("new", true)]
    [InlineData("unknown", false)]
    public async Task Five_hundred_questions_at_once_about_one_customer_are_one_request(string customer, bool isKnown)
    {
        var key = new EntryKey(customer);

        var answers = await system.AskAllAsync(Enumerable.Repeat(key, 500));

        answers.Should().OnlyContain(answer => answer.Found.State != null && answer.Found.State.IsEmpty != isKnown);
        system.RequestsFor(PathOf(key)).Should().Be(1);
        system.Customers.TryFind(key, system.Services.Clock.Now, out _).Should().BeTrue();
    }

    [Fact]
    public async Task Strange_ids_each_have_an_actor_and_an_address_of_their_own()
    {
        string[] ids =
        [
            ".", "..", "...", "a", "A", "a ", " a", "a/b", "a%2Fb", "a\\b", "a?b", "a#b", "a:r_b", "c_a", "a:metadata", "%", "%2E%2E",
            "$a", "*", "akka://sidecar/user", "\U0001F600", "caf\u00e9", "cafe\u0301", "\0", "\n", new string('x', 2_000),
        ];
        EntryKey[] keys = [.. ids.Select(id => new EntryKey(id)), .. ids.SelectMany(id => new EntryKey[] { new("a", id), new(id, "b") })];

        var answers = await system.AskAllAsync(keys.Distinct());

        foreach (var (key, found) in answers)
        {
            Grants(found.State, PathOf(key)).Should().BeTrue($"that is the address of {PathOf(key)}");
            if (found.Customer is not null)
                Grants(found.Customer, PathOf(key.Customer)).Should().BeTrue($"that is the address of {PathOf(key.Customer)}");
            system.RequestsFor(PathOf(key)).Should().Be(1);
        }
    }

    [Fact]
    public void What_has_no_wire_form_is_refused_by_its_name()
    {
        var serializer = system.System.Serialization.FindSerializerFor(new Question("a"));

        serializer.Invoking(it => it.ToBinary(new Question("a"))).Should().Throw<SerializationException>().WithMessage("*Question has no wire form*");
        serializer.Invoking(it => it.FromBinary<Question>([1])).Should().Throw<SerializationException>().WithMessage("*Question has no wire form*");
    }

    [Fact]
    public async Task Whatever_crashes_under_load_every_question_is_answered_with_what_its_customer_has()
    {
        const int Customers = 200;
        const int Waves = 4;
        EntryKey[] keys =
        [
            .. Enumerable.Range(0, Customers).SelectMany(i => new EntryKey[] { new($"crash-{i}"), new($"crash-{i}", $"resource-{i}") }),
        ];
        var requests = 0;
        CrashEachCustomerOnceAndTheFetcherNowAndThen(() => Volatile.Read(ref requests));
        system.OnRequest = number =>
        {
            Volatile.Write(ref requests, number);
            if (number % RequestsBetweenKills == 0)
                system.System.ActorSelection("/user/cloud/*").Tell(Kill.Instance);
        };

        var answers = new List<(EntryKey Key, Found Found)>();
        for (var wave = 0; wave < Waves; wave++)
        {
            answers.AddRange(await system.AskAllAsync(keys.Concat(keys).Concat(keys)));
            // What is known has to be asked of the actors and read again.
            system.Services.Cache.RaiseNodeEpoch();
        }

        system.OnRequest = null;
        system.Fault.Strike(null);
        answers.Should().HaveCount(Waves * 3 * 2 * Customers);
        answers.Where(answer => !Grants(answer.Found.State, PathOf(answer.Key)))
            .Select(answer => $"{PathOf(answer.Key)}: {system.Services.Failures.Find(answer.Key)}").Should().BeEmpty();
        system.Logged.Of(NoAnswer).Should().BeEmpty("every actor answered");
        Crashes("/user/customers/").Should().BeGreaterThanOrEqualTo(Customers / 2);
        Crashes("/user/cloud/fetcher").Should().BeGreaterThanOrEqualTo(3);
        Crashes("/user/cloud/key-check").Should().BeGreaterThanOrEqualTo(3);
        Crashes("").Should().Be(Crashes("/user/customers/") + Crashes("/user/cloud/"), "nothing else has crashed");
    }

    [Fact]
    public async Task Timers_are_started_at_once_while_no_thread_of_the_pool_is_free()
    {
        var fresh = new WholeSystem();
        await fresh.InitializeAsync();
        // Not disposed of: what was queued may look at it after the end.
        var busy = new ManualResetEventSlim();
        try
        {
            // More than it has, and starts within the next seconds.
            for (var i = 0; i < ThreadPool.ThreadCount + 64; i++)
                ThreadPool.UnsafeQueueUserWorkItem(_ => busy.Wait(), null);

            var starting = new Thread(() => fresh.System.Scheduler.ScheduleTellOnce(TimeSpan.FromHours(1), ActorRefs.Nobody, "late", ActorRefs.Nobody));
            starting.Start();

            starting.Join(TimeSpan.FromSeconds(5)).Should().BeTrue("the scheduler runs since the start");
        }
        finally
        {
            busy.Set();
            await fresh.DisposeAsync();
        }
    }

    [Fact]
    public async Task Customers_actors_stop_when_they_are_idle_and_their_views_stay()
    {
        EntryKey[] keys = [.. Enumerable.Range(0, 100).Select(i => new EntryKey($"idle-{i}"))];
        var gate = new TaskCompletionSource();
        system.Gate = gate.Task;
        var asking = system.AskAllAsync(keys);
        await Eventually.HoldsAsync(() => ChargedForActors() >= keys.Length * CustomerActor.ActorBytes, "all actors live");
        system.Gate = Task.CompletedTask;
        gate.SetResult();
        await asking;

        await Eventually.HoldsAsync(() => ChargedForActors() == 0, "all actors have stopped");

        keys.Should().OnlyContain(key => system.Services.Cache.Find(key.CustomerId) != null);
        // Asked again, a customer has an actor again.
        gate = new TaskCompletionSource();
        system.Gate = gate.Task;
        system.Services.Cache.RaiseNodeEpoch();
        var again = system.AskAsync(keys[0]).AsTask();
        await Eventually.HoldsAsync(() => ChargedForActors() >= CustomerActor.ActorBytes + HeapSize.Of($"c{keys[0].CustomerId}"), "one actor lives");
        system.Gate = Task.CompletedTask;
        gate.SetResult();
        (await again).State.Should().NotBeNull();

        long ChargedForActors() => system.Services.Cache.Bytes - system.Services.Cache.ViewBytes;
    }

    private static bool Grants(EntitlementState? state, string feature) => state?.FindFeature(feature) is not null;

    private static string PathOf(EntryKey key) =>
        $"/v1/c/{Encoded(key.CustomerId)}/entitlements-state.json{(key.ResourceId is null ? "" : $"?resourceId={Encoded(key.ResourceId)}")}";

    private static string Encoded(string id) => id switch
    {
        "." => "%2E",
        ".." => "%2E%2E",
        _ => Uri.EscapeDataString(id),
    };

    private int Crashes(string path) => system.Crashes.Count(crash => crash.Contains(path, StringComparison.Ordinal));

    // The fetcher while few of its reads are under way, and after it has sent many since it crashed last: to crash again and again while it sends
    // none lengthens its pauses beyond the time of a question, and makes a read that is in its hands twice look like the cause.
    private void CrashEachCustomerOnceAndTheFetcherNowAndThen(Func<int> requests)
    {
        var countdowns = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var (readings, struckAt) = (0, 0);
        system.Fault.Strike((path, _) =>
        {
            var name = path.ToStringWithoutAddress();
            if (name.Contains("/user/customers/", StringComparison.Ordinal))
                // One that is being made does not look yet: it would have nothing to answer with.
                return countdowns.AddOrUpdate(name, static n => 1 + (n.Length % 7), static (_, left) => left - 1) == 0;
            if (name != "/user/cloud/fetcher")
                return false;
            var sent = requests();
            // The read that was interrupted goes first: it takes two readings.
            if (++readings < 10)
                struckAt = sent;
            if (sent - struckAt < RequestsBetweenKills || system.Services.Counters.ReadsUnderWay.Value > RequestsBetweenKills / 4)
                return false;
            readings = 0;
            return true;
        });
    }

    private sealed record Question(string Id);
}
