using System.Text.Json;
using FluentAssertions;
using k8s.Models;
using Xunit;

namespace Sidecar.Deploy.Tests;

/// <summary>Each object against the model of its kind.</summary>
public sealed class ModelSpecs
{
    public static TheoryData<string> Sets => [.. Renders.All];

    [HelmTheory]
    [MemberData(nameof(Sets))]
    public async Task Each_object_has_known_fields_of_the_right_type_only(string set)
    {
        var objects = await Renders.ObjectsAsync(set);

        objects.Should().NotBeEmpty();
        foreach (var manifest in objects)
            manifest.Invoking(it => it.ToModel()).Should().NotThrow("{0} {1} has to be one", manifest.Kind, manifest.Name);
    }

    [HelmTheory]
    [MemberData(nameof(Sets))]
    public async Task No_two_objects_are_the_same(string set) =>
        (await Renders.ObjectsAsync(set)).Select(it => (it.Kind, it.Name)).Should().OnlyHaveUniqueItems();

    [Theory]
    [InlineData("spec: {replica: 1}", "replica")]
    [InlineData("spec: {replicas: two}", "$.spec.replicas")]
    [InlineData("spec: {template: {spec: {containers: [{name: a, env: [{name: A, value: off}]}]}}}", "env[0].value")]
    [InlineData("spec: {template: {spec: {containers: [{name: a, env: [{name: A, value: 80}]}]}}}", "env[0].value")]
    public void A_field_that_is_not_known_or_of_another_type_is_found(string spec, string named)
    {
        var manifest = Manifest.Parse($"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a}}\n{spec}\n").Single();

        manifest.Invoking(it => it.As<V1Deployment>()).Should().Throw<JsonException>().Which.Message.Should().Contain(named);
    }

    [Fact]
    public void An_object_of_an_unknown_kind_is_found() =>
        Manifest.Parse("apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a}\n").Single()
            .Invoking(it => it.ToModel()).Should().Throw<JsonException>().WithMessage("*apps/v1/StatefulSet*");
}
