namespace Sidecar.Model.Tests;

/// <summary>A read under way.</summary>
/// <param name="Number">Names it.</param>
/// <param name="Order">Its place in the order of what begins.</param>
/// <param name="Epoch">The epoch that it began in.</param>
/// <param name="Start">When it began.</param>
/// <param name="IsReload">Whether it is for a reload.</param>
internal sealed record ReadModel(int Number, int Order, EpochAt Epoch, TimeSpan Start, bool IsReload);
