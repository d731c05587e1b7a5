using Xunit;

namespace Sidecar.EndToEnd.Tests.Support;

/// <summary>One service with the demo's data for all specs of a class that change nothing in it.</summary>
public sealed class SharedService : IAsyncLifetime
{
    /// <summary>The service and its cloud.</summary>
    public ServiceUnderTest It { get; private set; } = null!;

    /// <inheritdoc/>
    public async Task InitializeAsync() => It = await ServiceUnderTest.StartAsync();

    /// <inheritdoc/>
    public async Task DisposeAsync() => await It.DisposeAsync();
}
