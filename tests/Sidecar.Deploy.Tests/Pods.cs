using k8s.Models;

namespace Sidecar.Deploy.Tests;

/// <summary>The pods of a render.</summary>
internal static class Pods
{
    /// <summary>The name of the container that the chart makes.</summary>
    public const string ContainerName = "sidecar";

    /// <summary>The template of the one Deployment.</summary>
    public static async Task<V1PodTemplateSpec> TemplateAsync(string set) =>
        (await Renders.ObjectsAsync(set)).Single(it => it.Kind == "Deployment").As<V1Deployment>().Spec.Template;

    /// <summary>The chart's container, wherever it is.</summary>
    public static V1Container Sidecar(this V1PodTemplateSpec template) =>
        template.Spec.Containers.Concat(template.Spec.InitContainers ?? []).Single(it => it.Name == ContainerName);

    /// <summary>Its variables with values.</summary>
    public static Dictionary<string, string> Variables(this V1Container container) =>
        container.Env.Where(it => it.ValueFrom is null).ToDictionary(it => it.Name, it => it.Value, StringComparer.Ordinal);
}
