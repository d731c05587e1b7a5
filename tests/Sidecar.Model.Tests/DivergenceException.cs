namespace Sidecar.Model.Tests;

/// <summary>The service did something else than the reference.</summary>
/// <param name="fault">What.</param>
internal sealed class DivergenceException(string fault) : Exception(fault);
