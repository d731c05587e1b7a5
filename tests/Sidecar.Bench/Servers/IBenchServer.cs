namespace Sidecar.Bench.Servers;

/// <summary>A server to load, in a process of its own.</summary>
internal interface IBenchServer : IAsyncDisposable
{
    /// <summary>What it is called.</summary>
    string Name { get; }

    /// <summary>Where it answers.</summary>
    Uri Address { get; }

    /// <summary>Its process.</summary>
    int ProcessId { get; }
}
