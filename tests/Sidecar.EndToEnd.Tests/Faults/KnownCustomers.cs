using Grpc.Core;
using Sidecar.EndToEnd.Tests.Support;
using Stigg.Sidecar.V1;

namespace Sidecar.EndToEnd.Tests.Faults;

/// <summary>Customers that are asked about all the time, each with a usage of its own, and what the answers were.</summary>
/// <param name="count">How many.</param>
internal sealed class KnownCustomers(int count)
{
    private const int MostWords = 10;
    private readonly (double Old, double New)[] _usages = [.. Enumerable.Range(0, count).Select(static i => (UsageAtFirst(i), UsageAtFirst(i)))];
    private readonly bool[] _isKnown = new bool[count];
    private readonly List<string> _words = [];
    private readonly Lock _lock = new();

    /// <summary>Questions about customers that were known.</summary>
    public int Reads { get; private set; }

    /// <summary>Answered by a fallback.</summary>
    public int Fallbacks { get; private set; }

    /// <summary>Failed.</summary>
    public int Failed { get; private set; }

    /// <summary>Answers that were never true.</summary>
    public int Wrong { get; private set; }

    /// <summary>Some of what went wrong.</summary>
    public IReadOnlyList<string> Words => _words;

    /// <summary>How many customers there are.</summary>
    public int Count => count;

    /// <summary>The usage of a customer at first.</summary>
    public static double UsageAtFirst(int customer) => customer + 1;

    /// <summary>A customer's usage becomes another one; both are true for a while.</summary>
    public void Changes(int customer, double usage)
    {
        lock (_lock)
            _usages[customer] = (_usages[customer].New, usage);
    }

    /// <summary>Asks about a customer.</summary>
    /// <returns>False where it was known and the answer was no right one.</returns>
    public async Task<bool> AskAsync(SidecarService.SidecarServiceClient client, int customer, TimeSpan limit)
    {
        var wasKnown = Volatile.Read(ref _isKnown[customer]);
        try
        {
            var reply = await client.GetMeteredEntitlementAsync(
                new() { CustomerId = Many.Id(customer), FeatureId = Trouble.Feature },
                deadline: TimeProvider.System.GetUtcNow().Add(limit).UtcDateTime);
            return Take(customer, wasKnown, reply);
        }
        catch (RpcException e)
        {
            lock (_lock)
            {
                if (!wasKnown)
                    return true;
                Reads++;
                Failed++;
                Say($"{Many.Id(customer)}: {e.Status}");
                return false;
            }
        }
    }

    private bool Take(int customer, bool wasKnown, GetMeteredEntitlementResponse reply)
    {
        lock (_lock)
        {
            var isWrong = !reply.IsFallback && reply.Entitlement.CurrentUsage is var usage
                && usage != _usages[customer].Old && usage != _usages[customer].New;
            if (isWrong)
            {
                Wrong++;
                Say($"{Many.Id(customer)}: used {reply.Entitlement.CurrentUsage}, expected {_usages[customer]}");
            }

            if (!reply.IsFallback)
                Volatile.Write(ref _isKnown[customer], value: true);
            if (!wasKnown)
                return !isWrong;
            Reads++;
            if (!reply.IsFallback)
                return !isWrong;
            Fallbacks++;
            Say($"{Many.Id(customer)}: a fallback, {reply.AccessDeniedReason}");
            return false;
        }
    }

    private void Say(string word)
    {
        if (_words.Count < MostWords)
            _words.Add(word);
    }
}
