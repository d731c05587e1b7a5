using System.Text.Json.Serialization;

namespace Sidecar.Actors.Diagnostics;

/// <summary>Reports as JSON: camel case, dates as ISO 8601, durations in milliseconds or seconds as their names say.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(SummaryReport))]
[JsonSerializable(typeof(CustomerReport))]
[JsonSerializable(typeof(ShardsReport))]
[JsonSerializable(typeof(ClusterReport))]
[JsonSerializable(typeof(StreamReport))]
[JsonSerializable(typeof(CacheReport))]
[JsonSerializable(typeof(ConfigReport))]
[JsonSerializable(typeof(OperationReport))]
public sealed partial class DiagnosticsJson : JsonSerializerContext;
