using System.Text.Json;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Model.Tests;

/// <summary>
/// Where requests of a run reach the cloud. Each is held until the run says how it ends; while the cloud is dead, each breaks at once.
/// </summary>
internal sealed class CloudEdge : HttpMessageHandler
{
    private readonly Lock _lock = new();
    private readonly List<HeldRequest> _held = [];
    private readonly HashSet<EntryKey> _failed = [];
    private int _failures;
    private int _answers;

    /// <summary>Tells what is true now.</summary>
    public CloudTruth Truth { get; set; } = CloudTruth.AtFirst;

    /// <summary>Whether every request breaks.</summary>
    public bool IsDead { get; set; }

    /// <summary>
    /// The tries of reads that no answer came of since the last one that was answered: all, and the entries of those that are certain.
    /// </summary>
    public (int Failures, int Entries) Row
    {
        get
        {
            lock (_lock)
                return (_failures, _failed.Count);
        }
    }

    /// <summary>Requests that wait for their end, in the order of entries and comings.</summary>
    public IReadOnlyList<HeldRequest> Held
    {
        get
        {
            lock (_lock)
            {
                _held.RemoveAll(held => held.IsOver);
                // Two that come in one instant may come in either order.
                return [.. _held.OrderBy(held => held.Kind).ThenBy(held => held.Key.ToString(), StringComparer.Ordinal)];
            }
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.AbsolutePath;
        if (path.EndsWith("server-sdk-configuration.json", StringComparison.Ordinal))
        {
            if (IsDead && ObservedCloud.IsProbe)
                throw new HttpRequestException("the cloud is dead");
            if (ObservedCloud.IsProbe)
                Note(default, _answers, hasFailed: false, isCertain: true);
            return new HttpResponseMessage { Content = new StringContent("{}") };
        }

        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var kind = ObservedCloud.IsProbe ? RequestKind.Probe
            : body.Contains("reportUsage(", StringComparison.Ordinal) ? RequestKind.Report
            : RequestKind.Read;
        var held = new HeldRequest(kind, KeyOf(request.RequestUri, body), body, Truth);
        if (IsDead)
            held.Break();
        int answers;
        lock (_lock)
        {
            _held.Add(held);
            answers = _answers;
        }

        // The API has a row of its own.
        if (body.Length > 0)
            return await held.AnsweredAsync(cancellationToken);
        try
        {
            var response = await held.AnsweredAsync(cancellationToken);
            Note(held.Key, answers, hasFailed: (int)response.StatusCode >= 500, isCertain: true);
            return response;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // One whose time was cut short says nothing.
            Note(held.Key, answers, hasFailed: true, isCertain: e is HttpRequestException);
            throw;
        }
    }

    // What was sent before the last answer says nothing of the time since.
    private void Note(EntryKey key, int answers, bool hasFailed, bool isCertain)
    {
        lock (_lock)
        {
            if (!hasFailed)
            {
                _answers++;
                _failures = 0;
                _failed.Clear();
            }
            else if (answers == _answers)
            {
                _failures++;
                if (isCertain)
                    _failed.Add(key);
            }
        }
    }

    private static EntryKey KeyOf(Uri address, string body)
    {
        if (body.Length == 0)
        {
            var resource = address.Query.Split("resourceId=") is [_, var id] ? id : null;
            return new EntryKey(address.Segments[^2].TrimEnd('/'), resource);
        }

        using var json = JsonDocument.Parse(body);
        var asked = json.RootElement.GetProperty("variables").EnumerateObject().First().Value;
        return new EntryKey(
            asked.GetProperty("customerId").GetString()!,
            asked.TryGetProperty("resourceId", out var told) ? told.GetString() : null);
    }
}
