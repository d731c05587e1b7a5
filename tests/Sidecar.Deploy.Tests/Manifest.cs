using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s.Models;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Sidecar.Deploy.Tests;

/// <summary>One object out of a render.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Its name.</param>
/// <param name="Content">All of it, read as the API server does: unquoted numbers and words like <c>off</c> are no text.</param>
internal sealed record Manifest(string Kind, string Name, JsonObject Content)
{
    private static readonly Dictionary<string, Type> Models = new(StringComparer.Ordinal)
    {
        ["apps/v1/Deployment"] = typeof(V1Deployment),
        ["v1/Service"] = typeof(V1Service),
        ["v1/Secret"] = typeof(V1Secret),
        ["v1/ConfigMap"] = typeof(V1ConfigMap),
        ["v1/ServiceAccount"] = typeof(V1ServiceAccount),
        ["policy/v1/PodDisruptionBudget"] = typeof(V1PodDisruptionBudget),
        ["autoscaling/v2/HorizontalPodAutoscaler"] = typeof(V2HorizontalPodAutoscaler),
        ["networking.k8s.io/v1/NetworkPolicy"] = typeof(V1NetworkPolicy),
        ["monitoring.coreos.com/v1/ServiceMonitor"] = typeof(ServiceMonitor),
        ["monitoring.coreos.com/v1/PrometheusRule"] = typeof(PrometheusRule),
        ["cert-manager.io/v1/Certificate"] = typeof(NodesCertificate),
    };

    private static readonly JsonSerializerOptions Strict = new() { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary>The objects in helm's output.</summary>
    public static IReadOnlyList<Manifest> Parse(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return
        [
            .. from document in stream.Documents
               let content = ToJson(document.RootNode) as JsonObject
               where content is not null
               select new Manifest((string)content["kind"]!, (string)content["metadata"]!["name"]!, content),
        ];
    }

    /// <summary>It, as what it is.</summary>
    /// <typeparam name="T">The model of its kind.</typeparam>
    public T As<T>() => (T)ToModel();

    /// <summary>It, in the model of its kind.</summary>
    /// <exception cref="JsonException">There is a field which its kind does not have, or one of another type.</exception>
    public object ToModel()
    {
        var type = $"{(string)Content["apiVersion"]!}/{Kind}";
        return Models.TryGetValue(type, out var model)
            ? Content.Deserialize(model, Strict)!
            : throw new JsonException($"no model of {type} is known here");
    }

    /// <summary>YAML as JSON.</summary>
    public static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(
            map.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, ToJson(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Select(ToJson)]),
        YamlScalarNode scalar => ToJson(scalar),
        _ => throw new JsonException($"{node} is nothing that a manifest has"),
    };

    private static JsonValue? ToJson(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style is not ScalarStyle.Plain)
            return JsonValue.Create(text);
        if (text is "" or "~" or "null" or "Null" or "NULL")
            return null;
        // Those of YAML 1.1, as Kubernetes reads it.
        if (text.ToUpperInvariant() is "TRUE" or "YES" or "ON" or "Y")
            return JsonValue.Create(true);
        if (text.ToUpperInvariant() is "FALSE" or "NO" or "OFF" or "N")
            return JsonValue.Create(false);
        if (text.Length > 1 && text[0] == '0' && text.All(c => c is >= '0' and <= '7'))
            return JsonValue.Create(Convert.ToInt64(text, 8));
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return JsonValue.Create(whole);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && char.IsAsciiDigit(text[^1])
            ? JsonValue.Create(real)
            : JsonValue.Create(text);
    }
}
