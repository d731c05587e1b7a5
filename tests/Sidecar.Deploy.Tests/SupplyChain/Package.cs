namespace Sidecar.Deploy.Tests.SupplyChain;

/// <summary>A package of NuGet or npm.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Version">Its version.</param>
internal sealed record Package(string Id, string Version);
