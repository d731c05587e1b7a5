using System.Text.Json.Serialization;
using k8s.Models;

namespace Sidecar.Deploy.Tests;

/// <summary>A Certificate of cert-manager, with those of its fields that the chart may use.</summary>
internal sealed record NodesCertificate(
    [property: JsonPropertyName("apiVersion"), JsonRequired] string ApiVersion,
    [property: JsonPropertyName("kind"), JsonRequired] string Kind,
    [property: JsonPropertyName("metadata"), JsonRequired] V1ObjectMeta Metadata,
    [property: JsonPropertyName("spec"), JsonRequired] NodesCertificateSpec Spec);

/// <summary>What it is to be.</summary>
internal sealed record NodesCertificateSpec(
    [property: JsonPropertyName("secretName"), JsonRequired] string SecretName,
    [property: JsonPropertyName("dnsNames"), JsonRequired] IReadOnlyList<string> DnsNames,
    [property: JsonPropertyName("usages"), JsonRequired] IReadOnlyList<string> Usages,
    [property: JsonPropertyName("duration"), JsonRequired] string Duration,
    [property: JsonPropertyName("renewBefore"), JsonRequired] string RenewBefore,
    [property: JsonPropertyName("privateKey"), JsonRequired] NodesKey PrivateKey,
    [property: JsonPropertyName("issuerRef"), JsonRequired] NodesIssuer IssuerRef);

/// <summary>Its key.</summary>
internal sealed record NodesKey(
    [property: JsonPropertyName("algorithm"), JsonRequired] string Algorithm,
    [property: JsonPropertyName("size"), JsonRequired] int Size,
    [property: JsonPropertyName("rotationPolicy"), JsonRequired] string RotationPolicy);

/// <summary>Who signs it.</summary>
internal sealed record NodesIssuer(
    [property: JsonPropertyName("name"), JsonRequired] string Name,
    [property: JsonPropertyName("kind"), JsonRequired] string Kind,
    [property: JsonPropertyName("group"), JsonRequired] string Group);
