using FluentAssertions;
using Grpc.Core;
using Sidecar.Emulator.Control;
using Sidecar.Emulator.Data;
using Sidecar.EndToEnd.Tests.Support;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>
/// One service with a cloud behind proxies, one for requests and one for the stream, under a load that goes on whatever fails: questions about
/// known customers, about others, and reports. At the end stands what a fault may never do.
/// </summary>
internal sealed class UnderFault : IAsyncDisposable
{
    /// <summary>How many customers are asked about all the time.</summary>
    public const int Known = 100;

    /// <summary>More than all reports make together.</summary>
    public const double MostReported = 1_000_000;

    private const int Reporting = 10;
    private const int ReadsPerSecond = 200;
    private const int UnknownPerSecond = 5;
    private const int ReportsPerSecond = 20;

    // Above this a process with a small cache and some hundred calls a second holds something that it should not.
    private const int MostMegabytes = 450;

    // Above what the service waits itself, on a machine that has other things to do: a call that takes longer hangs.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _fault;
    private readonly KnownCustomers _known = new(Known);
    private readonly AcknowledgedReports _reports = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task<LoadResult>> _loads = [];
    private MemoryWatch? _memory;
    private double _usage = 1_000;
    private int _asked;
    private int _unknown;
    private int _unknownFailed;

    private UnderFault(string fault) => _fault = fault;

    /// <summary>The service and its cloud.</summary>
    public ServiceUnderTest It { get; private set; } = null!;

    /// <summary>What can be changed in the cloud.</summary>
    public EmulatorControl Control => It.Control;

    /// <summary>The way to Edge and API.</summary>
    public FaultProxy Cloud { get; private set; } = null!;

    /// <summary>The way of the stream of updates.</summary>
    public FaultProxy Stream { get; private set; } = null!;

    /// <summary>Starts all of it; all known customers are known then, unless the cloud is dead.</summary>
    /// <param name="fault">The fault's name.</param>
    /// <param name="variables">Further variables.</param>
    /// <param name="isDead">Whether the cloud is out of reach at first.</param>
    /// <param name="output">Where the service's lines go; null where they are read.</param>
    /// <param name="filesAtMost">How many files the service may have open; null for as many as this process.</param>
    public static async Task<UnderFault> StartAsync(
        string fault, Dictionary<string, string?>? variables = null, bool isDead = false, string? output = null, int? filesAtMost = null)
    {
        var it = new UnderFault(fault);
        try
        {
            await it.BeginAsync(variables ?? [], isDead, output, filesAtMost);
            return it;
        }
        catch
        {
            await it.DisposeAsync();
            throw;
        }
    }

    /// <summary>One of the customers whose usage is reported; nothing is asserted of what it is.</summary>
    public static string ReportingCustomer(int number) => Many.Id(Known + (number % Reporting));

    /// <summary>Waits until so many more questions about known customers were asked than now, and answered one way or the other.</summary>
    public async Task AsksAsync(int count)
    {
        var enough = Volatile.Read(ref _asked) + count;
        await Eventually.HoldsAsync(() => Task.FromResult(Volatile.Read(ref _asked) >= enough), Patience);
    }

    /// <summary>Waits until all is well: the stream is up, reads are not suspended, and what has changed is told.</summary>
    public async Task<TimeSpan> HealsAsync()
    {
        var customer = (int)_usage++ % Known;
        _known.Changes(customer, _usage);
        Control.SetUsage(Many.Id(customer), Trouble.Feature, _usage);
        return await Eventually.HoldsAsync(() => IsWellAsync(customer, _usage), Patience, () => $"{_fault} has not healed");
    }

    /// <summary>Waits until all is well, ends the load, and asserts what holds under each fault.</summary>
    /// <returns>The figures.</returns>
    public async Task<string> EndsWellAsync()
    {
        var healed = await HealsAsync();
        await AsksAsync(Known);
        return (await EndAsync(healed)).ToString();
    }

    /// <summary>Ends the load, and asserts what holds under each fault.</summary>
    /// <param name="healed">How long it took to heal.</param>
    private async Task<FaultFigures> EndAsync(TimeSpan healed)
    {
        await _stop.CancelAsync();
        var results = await Task.WhenAll(_loads);
        await Eventually.HoldsAsync(() => Task.FromResult(Control.Requests.Snapshot().InFlight == 0), Patience);
        var (lost, doubled) = _reports.Compare(Control.Ledger);
        await using var memory = _memory!;
        _memory = null;
        var figures = new FaultFigures
        {
            Fault = _fault,
            Reads = _known.Reads,
            Fallbacks = _known.Fallbacks,
            Failed = _known.Failed,
            Wrong = _known.Wrong,
            Longest = results[0].Times[^1],
            Unknown = _unknown,
            UnknownFailed = _unknownFailed,
            Reports = _reports.Count,
            Acknowledged = _reports.Acknowledged,
            Others = _reports.Others,
            Lost = lost,
            Doubled = doubled,
            Healed = healed,
            Before = memory.Before,
            Peak = memory.Peak,
            Words = _known.Words,
        };
        FaultReport.Add(figures);
        var because = $"{figures}\n{string.Join('\n', figures.Words)}";
        figures.Reads.Should().BePositive(because);
        (figures.Fallbacks + figures.Failed).Should().BeLessThanOrEqualTo(figures.Reads / 10_000, because);
        (figures.Wrong, figures.UnknownFailed, figures.Lost, figures.Doubled).Should().Be((0, 0, 0, 0), because);
        figures.Acknowledged.Should().BePositive(because);
        figures.Peak.Should().BeLessThan(MostMegabytes, because);
        return figures;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_loads);
        if (_memory is not null)
            await _memory.DisposeAsync();
        if (It is not null)
            await It.DisposeAsync();
        foreach (var way in (FaultProxy?[])[Cloud, Stream])
        {
            if (way is not null)
                await way.DisposeAsync();
        }

        _stop.Dispose();
    }

    private async Task BeginAsync(Dictionary<string, string?> variables, bool isDead, string? output, int? filesAtMost)
    {
        var all = new Dictionary<string, string?>(variables, StringComparer.Ordinal);
        all.TryAdd("WS_ENABLED", "true");
        // Old soon, so that what is known would have to be read again while it can't be.
        all.TryAdd("CACHE_REVALIDATE_SECONDS", "1");
        all.TryAdd("CACHE_MAX_AGE_SECONDS", "2");
        It = await ServiceUnderTest.StartAsync(all, data: Data(), output: output, filesAtMost: filesAtMost, variablesOf: async cloud =>
        {
            (Cloud, Stream) = (new FaultProxy(cloud), new FaultProxy(cloud));
            if (isDead)
                await Task.WhenAll(Cloud.RefuseAsync(), Stream.RefuseAsync());
            return new()
            {
                ["EDGE_API_URL"] = Cloud.Address.ToString(),
                ["API_URL"] = Cloud.Address.ToString(),
                ["WS_URL"] = ServiceUnderTest.StreamAddress(Stream.Address).ToString(),
            };
        });
        Control.Ledger.EntriesAtMost = 0;
        if (!isDead)
        {
            if (all["WS_ENABLED"] is "true")
                await It.StreamIsAsync(up: true);
            for (var i = 0; i < Known; i++)
                (await It.Client.GetMeteredEntitlementAsync(new() { CustomerId = Many.Id(i), FeatureId = Trouble.Feature })).IsFallback.Should().BeFalse();
            for (var i = 0; i < Known; i++)
                await _known.AskAsync(It.Client, i, Limit);
        }

        _memory = new MemoryWatch(It.Service);
        _loads.Add(Load.RunAsync(ReadsPerSecond, AskKnownAsync, _stop.Token));
        _loads.Add(Load.RunAsync(UnknownPerSecond, AskUnknownAsync, _stop.Token));
        _loads.Add(Load.RunAsync(
            ReportsPerSecond, call => _reports.ReportAsync(It.Client, ReportingCustomer(call), Limit), _stop.Token));
        await AsksAsync(ReadsPerSecond / 2);
    }

    private async Task<bool> AskKnownAsync(int call)
    {
        try
        {
            return await _known.AskAsync(It.Client, call % Known, Limit);
        }
        finally
        {
            Interlocked.Increment(ref _asked);
        }
    }

    private async Task<bool> AskUnknownAsync(int call)
    {
        Interlocked.Increment(ref _unknown);
        try
        {
            await It.Client.GetMeteredEntitlementAsync(
                new() { CustomerId = $"nobody-{call}", FeatureId = Trouble.Feature },
                deadline: TimeProvider.System.GetUtcNow().Add(Limit).UtcDateTime);
            return true;
        }
        catch (RpcException)
        {
            Interlocked.Increment(ref _unknownFailed);
            return false;
        }
    }

    private async Task<bool> IsWellAsync(int customer, double usage)
    {
        try
        {
            var text = await (await It.Service.GetAsync("/metrics")).Content.ReadAsStringAsync();
            var lines = text.Split('\n');
            return !lines.Any(static line => line.StartsWith("sidecar_upstream_suspended", StringComparison.Ordinal) && line.EndsWith(" 1", StringComparison.Ordinal))
                && (lines.Contains("sidecar_stream_up{} 1") || lines.Contains("sidecar_stream_enabled{} 0"))
                && (await Trouble.AskAsync(It, Many.Id(customer))) is { IsFallback: false } reply && reply.Entitlement.CurrentUsage == usage;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or RpcException)
        {
            // Not yet.
            return false;
        }
    }

    private static EmulatorData Data()
    {
        var data = Many.Customers(Known + Reporting);
        var customers = data.Customers.ToBuilder();
        for (var i = 0; i < Known; i++)
        {
            var customer = customers[Many.Id(i)];
            customers[Many.Id(i)] = customer with
            {
                Usage = customer.Usage.SetItem(Trouble.Feature, customer.Usage[Trouble.Feature] with { CurrentUsage = KnownCustomers.UsageAtFirst(i) }),
            };
        }

        return data with { Customers = customers.ToImmutable() };
    }
}
