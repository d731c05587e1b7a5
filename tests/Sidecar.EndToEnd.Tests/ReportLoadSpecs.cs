using System.Diagnostics;
using FluentAssertions;
using Grpc.Core;
using Sidecar.Emulator.Control;
using Sidecar.EndToEnd.Tests.Support;
using Stigg.Sidecar.V1;
using Xunit;
using Xunit.Abstractions;
using static Sidecar.EndToEnd.Tests.Support.Trouble;

namespace Sidecar.EndToEnd.Tests;

/// <summary>
/// Many callers while connections to the cloud are cut before, during and after the counting: what was acknowledged is counted exactly once,
/// what failed at most once, and its caller was told. A million of them with <c>SIDECAR_LONG_SPECS=1</c>.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class ReportLoadSpecs(ITestOutputHelper output)
{
    private const int Callers = 50;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly End[][] _ends = [.. Enumerable.Range(0, Callers).Select(_ => new End[Each])];
    private int _reported;
    private int _behind;

    private enum End : byte
    {
        None = 0,
        Acknowledged,
        Failed,
    }

    private static bool IsLong => Environment.GetEnvironmentVariable("SIDECAR_LONG_SPECS") is "1";

    // Usages of each caller; cuts of all connections; and the share of requests that each of four kinds of cuts meets.
    private static int Each => IsLong ? 20_000 : 300;

    private static int Cuts => IsLong ? 500 : 20;

    // In the long form the questions would take more time than the reports.
    private static int AskEvery => IsLong ? 20 : 1;

    private static double Share => IsLong ? 0.001 : 0.01;

    [Fact]
    public async Task What_is_acknowledged_is_counted_once_what_failed_at_most_once_and_no_answer_is_behind()
    {
        await using var it = await ServiceUnderTest.StartAsync(data: Many.Customers(Callers));
        it.Control.Ledger.EntriesAtMost = 0;
        FaultRule[] rules = [FaultRule.CutUnread(), FaultRule.CutUnprocessed(), FaultRule.Cut(), FaultRule.CutMidBody()];
        var ids = rules
            .Select((rule, i) => it.Control.Faults.Add(rule with { Target = RequestTarget.ApiUsage, Probability = Share, Seed = i }))
            .ToList();

        var watch = Stopwatch.StartNew();
        var callers = Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => ReportAsync(it, caller))));
        var connections = await CutAsync(it, callers);
        await callers;
        var took = watch.Elapsed;

        // What a caller was told before its report was counted may be counted now.
        await Eventually.HoldsAsync(() => Task.FromResult(it.Control.Requests.Snapshot().InFlight == 0), Patience);
        var (acknowledged, failed, counted) = Compare(it);
        var snapshot = it.Control.Ledger.Snapshot();
        output.WriteLine(
            $"{Callers * Each} usages in {took.TotalSeconds:0} s ({Callers * Each / took.TotalSeconds:0}/s): {acknowledged} acknowledged, "
            + $"{failed} failed, of which {counted} were counted; {Cuts} cuts of {connections} connections in all, "
            + $"{string.Join(" + ", ids.Select(it.Control.Faults.Hits))} requests cut by chance");
        (acknowledged + failed).Should().Be(Callers * Each, "each caller was told");
        snapshot.Total.Should().Be(acknowledged + counted);
        (snapshot.RepeatedKeys, snapshot.WithoutKey).Should().Be((0, 0));
        failed.Should().BeGreaterThanOrEqualTo(ids.Sum(it.Control.Faults.Hits), "a cut fails the report");
        _behind.Should().Be(0, "no answer is older than the report before it");
        ids.Should().AllSatisfy(id => it.Control.Faults.Hits(id).Should().BeGreaterThan(0));
    }

    // A customer for each caller, so that nobody else's reports stand between a report and the question after it.
    private async Task ReportAsync(ServiceUnderTest it, int caller)
    {
        using var channel = it.Service.Connect();
        using var other = it.Service.Connect();
        var client = new SidecarService.SidecarServiceClient(channel);
        var asking = new SidecarService.SidecarServiceClient(other);
        var customer = Many.Id(caller);
        for (var i = 0; i < Each; i++)
        {
            try
            {
                var reply = await client.ReportUsageAsync(
                    new() { CustomerId = customer, FeatureId = Feature, Value = 1 }, new Metadata { { "idempotency-key", Key(caller, i) } });
                _ends[caller][i] = End.Acknowledged;
                if (i % AskEvery != 0)
                    continue;
                var known = await asking.GetMeteredEntitlementAsync(new() { CustomerId = customer, FeatureId = Feature });
                // A read that the cuts of all connections have ended leaves nothing to answer with at first.
                if (!known.IsFallback && known.Entitlement.CurrentUsage < reply.CurrentUsage)
                    Interlocked.Increment(ref _behind);
            }
            catch (RpcException)
            {
                _ends[caller][i] = End.Failed;
            }
            finally
            {
                Interlocked.Increment(ref _reported);
            }
        }
    }

    // At moments that nothing else decides: spread over the whole of the reports.
    private async Task<int> CutAsync(ServiceUnderTest it, Task callers)
    {
        var connections = 0;
        for (var cut = 1; cut <= Cuts; cut++)
        {
            while (!callers.IsCompleted && Volatile.Read(ref _reported) < (long)Callers * Each * cut / (Cuts + 1))
                await Task.Delay(1);
            connections += it.Cloud.CutConnections();
        }

        return connections;
    }

    private (int Acknowledged, int Failed, int Counted) Compare(ServiceUnderTest it)
    {
        var (acknowledged, failed, counted) = (0, 0, 0);
        for (var caller = 0; caller < Callers; caller++)
        {
            for (var i = 0; i < Each; i++)
            {
                var count = it.Control.Ledger.CountOf(Key(caller, i));
                if (_ends[caller][i] == End.Acknowledged)
                {
                    acknowledged++;
                    count.Should().Be(1, "{0} was acknowledged", Key(caller, i));
                }
                else if (_ends[caller][i] == End.Failed)
                {
                    failed++;
                    counted += count;
                    count.Should().BeLessThanOrEqualTo(1, "{0} failed", Key(caller, i));
                }
            }
        }

        return (acknowledged, failed, counted);
    }

    private static string Key(int caller, int number) => $"{caller}-{number}";
}
