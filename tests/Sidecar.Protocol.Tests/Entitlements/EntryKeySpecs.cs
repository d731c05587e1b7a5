using System.Reflection;
using System.Runtime.CompilerServices;
using FluentAssertions;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Protocol.Tests.Entitlements;

public class EntryKeySpecs
{
    [Fact]
    public void A_resource_belongs_to_its_customer()
    {
        new EntryKey("c", "r").Customer.Should().Be(new EntryKey("c"));
        new EntryKey("c").Customer.Should().Be(new EntryKey("c"));
    }

    [Fact]
    public void Keys_are_equal_by_customer_and_resource()
    {
        new EntryKey("c", "r").Should().Be(new EntryKey("c", "r"));
        new EntryKey("c", "r").Should().NotBe(new EntryKey("c", "s"));
        new EntryKey("c", "r").Should().NotBe(new EntryKey("c"));
        new EntryKey("c").Should().NotBe(new EntryKey("C"));
    }

    [Fact]
    public void A_key_can_be_written_as_text()
    {
        PrintsItself(typeof(EntryKey)).Should().BeFalse("it would print its customer's key, and that one's, without end");

        new EntryKey("customer-9", "resource-9").ToString().Should().Contain("customer-9").And.Contain("resource-9");
    }

    [Fact]
    public void No_record_of_the_domain_prints_itself_without_end() =>
        typeof(EntryKey).Assembly.GetTypes()
            .Where(t => t.Namespace == typeof(EntryKey).Namespace && PrintsItself(t))
            .Should().BeEmpty("a log line with one would end the process");

    // The text that a compiler makes for a record holds every public property. Printing itself can't be tried: it ends the process.
    private static bool PrintsItself(Type type) =>
        type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic) is { } print
        && IsGenerated(print)
        && IsGenerated(type.GetMethod(nameof(ToString), Type.EmptyTypes)!)
        && type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Any(p => p.PropertyType == type);

    private static bool IsGenerated(MethodInfo method) => method.IsDefined(typeof(CompilerGeneratedAttribute));
}
