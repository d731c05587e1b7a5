using Xunit;

namespace Sidecar.Host.Tests.Bench;

/// <summary>Specs that measure memory run with nothing beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    /// <summary>The collection's name.</summary>
    public const string Name = "alone";
}
