using System.Text.Json;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Model;

/// <summary>Where requests of a run reach the cloud. Each is held until the run says how it ends; while the cloud is dead, each breaks at once.</summary>
internal sealed class CloudEdge : HttpMessageHandler
{
    private readonly Lock _lock = new();
    private readonly List<HeldRequest> _held = [];

    /// <summary>Tells what is true now.</summary>
    public CloudTruth Truth { get; set; } = CloudTruth.AtFirst;

    /// <summary>Whether every request breaks.</summary>
    public bool IsDead { get; set; }

    /// <summary>Told of each try of a read that came, and whether it broke at once.</summary>
    public Action<EntryKey>? Came { get; set; }

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
            return IsDead && ObservedCloud.IsProbe ? throw new HttpRequestException("the cloud is dead")
                : new HttpResponseMessage { Content = new StringContent("{}") };
        }

        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var kind = ObservedCloud.IsProbe ? RequestKind.Probe : body.Contains("reportUsage(", StringComparison.Ordinal) ? RequestKind.Report : RequestKind.Read;
        var held = new HeldRequest(kind, KeyOf(request.RequestUri, body), body, Truth);
        if (IsDead)
            held.Break();
        lock (_lock)
            _held.Add(held);
        return await held.AnsweredAsync(cancellationToken);
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
