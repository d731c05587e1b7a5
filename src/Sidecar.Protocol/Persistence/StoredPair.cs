namespace Sidecar.Protocol.Persistence;

/// <summary>A key, its value, and the value's date, which are written together or not at all.</summary>
/// <param name="Key">The key; that of the date is <see cref="EntryKeys.Timestamp"/> of it.</param>
/// <param name="Value">The value: JSON in UTF-8.</param>
/// <param name="Timestamp">The value's own date, in epoch milliseconds.</param>
/// <param name="AlwaysWins">Whether it takes the place of a value with a later date, as an empty set does, which has none.</param>
public sealed record StoredPair(string Key, ReadOnlyMemory<byte> Value, long Timestamp, bool AlwaysWins);
