using Xunit;

namespace Sidecar.Interop.Tests;

/// <summary>All specs that share the one service of the suite.</summary>
[CollectionDefinition(Name)]
#pragma warning disable CA1711 // It is what xunit calls one.
public sealed class InteropCollection : ICollectionFixture<InteropRun>
#pragma warning restore CA1711
{
    /// <summary>Its name.</summary>
    public const string Name = "interop";
}
