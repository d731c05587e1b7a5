using Sidecar.Protocol.Entitlements;

namespace Sidecar.Model.Tests;

/// <summary>Something that a run saw the service do.</summary>
internal abstract record Observation;

/// <summary>A read began.</summary>
/// <param name="Number">Names the read.</param>
/// <param name="Key">Of which entry.</param>
/// <param name="IsReload">Whether it is one for a reload: those alone go to the API.</param>
internal sealed record ReadBegan(int Number, EntryKey Key, bool IsReload) : Observation;

/// <summary>A read ended, all its tries included.</summary>
/// <param name="Number">Names the read.</param>
/// <param name="Brought">What it brought, or null.</param>
internal sealed record ReadEnded(int Number, Contents? Brought) : Observation;

/// <summary>A question was answered.</summary>
/// <param name="Number">Names the question.</param>
/// <param name="Contents">With what; null where nothing was known.</param>
/// <param name="Source">From where.</param>
/// <param name="Verdict">What follows from it.</param>
internal sealed record Answered(int Number, Contents? Contents, AnswerSource Source, Verdict Verdict) : Observation;

/// <summary>A reload was answered.</summary>
/// <param name="Number">Names the reload.</param>
/// <param name="Exists">With what.</param>
internal sealed record Reloaded(int Number, bool Exists) : Observation;

/// <summary>A customer's views went from memory.</summary>
/// <param name="CustomerId">The customer.</param>
internal sealed record Evicted(string CustomerId) : Observation;

/// <summary>A load from the persistent cache began.</summary>
/// <param name="Number">Names the load.</param>
/// <param name="Key">Of which entry.</param>
internal sealed record LoadBegan(int Number, EntryKey Key) : Observation;

/// <summary>A save, or a removal, ended.</summary>
/// <param name="Key">Of which entry.</param>
/// <param name="IsDone">Whether it was done.</param>
internal sealed record Saved(EntryKey Key, bool IsDone) : Observation;

/// <summary>A load from the persistent cache was answered.</summary>
/// <param name="Number">Names the load.</param>
/// <param name="Found">What it found; null where that is nothing, or it failed.</param>
internal sealed record LoadEnded(int Number, Contents? Found) : Observation;
