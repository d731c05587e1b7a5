namespace Sidecar.Model.Tests;

/// <summary>The stream of updates as it was seen.</summary>
/// <param name="IsUp">Whether it is up.</param>
/// <param name="UpSince">When the present connection, or the last one, came up; null where none did.</param>
/// <param name="LastSign">When the cloud was last heard over that connection.</param>
internal sealed record StreamModel(bool IsUp, TimeSpan? UpSince, TimeSpan LastSign);
