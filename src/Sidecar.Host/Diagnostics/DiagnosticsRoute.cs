using Sidecar.Actors.Diagnostics;

namespace Sidecar.Host.Diagnostics;

/// <summary>One path of the diagnostics.</summary>
/// <param name="Path">The path.</param>
/// <param name="Method">The method that it takes.</param>
/// <param name="Parameters">The parameters that it takes.</param>
/// <param name="NeedsToken">Whether a request needs the token.</param>
/// <param name="Read">Reads the request.</param>
internal sealed record DiagnosticsRoute(
    string Path, string Method, IReadOnlyList<string> Parameters, Func<IQueryCollection, bool> NeedsToken, Func<DiagnosticsQuery, object> Read)
{
    private const string Base = "/diagnostics/";

    /// <summary>All of them. The log level is the host's own business, and no message.</summary>
    public static IReadOnlyList<DiagnosticsRoute> All { get; } =
    [
        Get("summary", static _ => new Summary()),
        Get("shards", static _ => new Shards()),
        Get("cluster", static _ => new Actors.Diagnostics.Cluster()),
        Get("stream", static _ => new Actors.Diagnostics.Stream()),
        Get("config", static _ => new Config()),
        new(Base + "cache", HttpMethods.Get, ["top"], static query => query.ContainsKey("top"),
            static query => new Cache(query.Number("top", 0, Cache.MostTop) ?? 0)),
        new(Base + "customer", HttpMethods.Get, ["id", "resource", "feature", "usage", "values"], Always, static query => query.Customer()),
        Post("customer/evict", ["id"], static query => new Evict(query.Key().CustomerId)),
        Post("customer/reread", ["id", "resource"], static query => new Reread(query.Key())),
        Post("stream/reconnect", [], static _ => new Reconnect()),
        Post("isolate", ["minutes"], static query => new Isolate(TimeSpan.FromMinutes(
            query.Number("minutes", 0, (int)Isolation.Longest.TotalMinutes) ?? throw DiagnosticsQuery.Missing("minutes", $"0 to {Isolation.Longest.TotalMinutes:0}; 0 ends it")))),
        Post("log-level", ["level", "minutes"], static query => query.Level()),
    ];

    /// <summary>The route of a path, or null.</summary>
    public static DiagnosticsRoute? Find(string? path) => All.FirstOrDefault(route => route.Path == path);

    private static DiagnosticsRoute Get(string name, Func<DiagnosticsQuery, object> read) => new(Base + name, HttpMethods.Get, [], static _ => false, read);

    private static DiagnosticsRoute Post(string name, IReadOnlyList<string> parameters, Func<DiagnosticsQuery, object> read) =>
        new(Base + name, HttpMethods.Post, parameters, Always, read);

    private static bool Always(IQueryCollection query) => true;
}
