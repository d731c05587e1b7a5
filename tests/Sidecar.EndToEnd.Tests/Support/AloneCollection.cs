using Xunit;

namespace Sidecar.EndToEnd.Tests.Support;

/// <summary>Specs that measure time or memory run with nothing beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    /// <summary>The collection's name.</summary>
    public const string Name = "alone";
}
