using Xunit;

namespace Sidecar.EndToEnd.Tests.Image;

/// <summary>Specs of what is shipped. It is built once for all of them, and they measure time and memory with nothing beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class BuiltImageCollection : ICollectionFixture<BuiltImage>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "built image";
}
