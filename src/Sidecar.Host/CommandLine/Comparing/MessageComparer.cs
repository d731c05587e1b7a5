using System.Collections;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Sidecar.Host.CommandLine.Comparing;

/// <summary>
/// Compares two answers field by field, as the proto describes them, so that no field can be forgotten. Absent and present with the
/// default are two things where the proto tells them apart. Entries of lists are matched by what they are about, and texts in lists by
/// themselves: their order says nothing. Two dates are the same when they are less than a millisecond apart: some clouds and services
/// know no smaller unit.
/// </summary>
/// <param name="ignored">Fields that are not compared.</param>
internal sealed class MessageComparer(IgnoredFields ignored)
{
    /// <summary>From this distance on two dates differ.</summary>
    public static readonly TimeSpan DateTolerance = TimeSpan.FromMilliseconds(1);

    /// <summary>The differences of two messages of one type.</summary>
    public IReadOnlyList<FieldDifference> Compare(IMessage ours, IMessage theirs)
    {
        var found = new List<FieldDifference>();
        Messages(ours, theirs, path: "", item: "", found);
        return found;
    }

    private static string Joined(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private void Messages(IMessage ours, IMessage theirs, string path, string item, List<FieldDifference> found)
    {
        var type = ours.Descriptor;
        foreach (var choice in type.Oneofs)
        {
            if (!choice.IsSynthetic)
                Choices(choice, ours, theirs, path, item, found);
        }

        foreach (var field in type.Fields.InDeclarationOrder())
        {
            var name = Joined(path, field.Name);
            if (field.RealContainingOneof is not null || ignored.Has(name))
                continue;
            var (left, right) = (field.Accessor.GetValue(ours), field.Accessor.GetValue(theirs));
            if (field.IsMap)
                Maps(field, (IDictionary)left, (IDictionary)right, name, item, found);
            else if (field.IsRepeated)
                Lists(field, (IList)left, (IList)right, name, item, found);
            else
                Values(field, IsThere(field, ours) ? left : null, IsThere(field, theirs) ? right : null, name, item, found);
        }
    }

    // Of several fields one is there: which one is one difference, not two.
    private void Choices(OneofDescriptor choice, IMessage ours, IMessage theirs, string path, string item, List<FieldDifference> found)
    {
        var (left, right) = (choice.Accessor.GetCaseFieldDescriptor(ours), choice.Accessor.GetCaseFieldDescriptor(theirs));
        var name = Joined(path, (left?.FieldNumber == right?.FieldNumber ? left?.Name : null) ?? choice.Name);
        if (ignored.Has(name))
            return;
        if (left?.FieldNumber != right?.FieldNumber)
            found.Add(new(item, name, left?.Name, right?.Name));
        else if (left is not null)
            Values(left, left.Accessor.GetValue(ours), left.Accessor.GetValue(theirs), name, item, found);
    }

    private void Lists(FieldDescriptor field, IList ours, IList theirs, string name, string item, List<FieldDifference> found)
    {
        if (field.FieldType != FieldType.Message)
        {
            var (left, right) = (Sorted(field, ours), Sorted(field, theirs));
            if (!left.SequenceEqual(right, StringComparer.Ordinal))
                found.Add(new(item, name, string.Join(", ", left), string.Join(", ", right)));
            return;
        }

        // Several about the same are matched in their order.
        var (mine, others) = (ByKey(ours), ByKey(theirs));
        foreach (var key in mine.Keys.Union(others.Keys))
        {
            var (left, right) = (mine.GetValueOrDefault(key, []), others.GetValueOrDefault(key, []));
            for (var i = 0; i < Math.Max(left.Count, right.Count); i++)
                Values(field, left.ElementAtOrDefault(i), right.ElementAtOrDefault(i), name, key.Id.Length > 0 ? key.Id : item, found);
        }
    }

    private void Maps(FieldDescriptor field, IDictionary ours, IDictionary theirs, string name, string item, List<FieldDifference> found)
    {
        var value = field.MessageType.FindFieldByNumber(2);
        foreach (var key in ours.Keys.Cast<object>().Union(theirs.Keys.Cast<object>()))
        {
            var entry = Joined(name, Convert.ToString(key, CultureInfo.InvariantCulture) ?? "");
            if (!ignored.Has(entry))
                Values(value, ours.Contains(key) ? ours[key] : null, theirs.Contains(key) ? theirs[key] : null, entry, item, found);
        }
    }

    private void Values(FieldDescriptor field, object? ours, object? theirs, string name, string item, List<FieldDifference> found)
    {
        if (ours is null && theirs is null)
            return;
        if (ours is Timestamp date && theirs is Timestamp other)
        {
            if (Distance(date, other) >= DateTolerance)
                found.Add(new(item, name, Text(field, ours), Text(field, theirs)));
        }
        else if (ours is IMessage left && theirs is IMessage right)
        {
            Messages(left, right, name, item, found);
        }
        else if (!Equals(ours, theirs))
        {
            found.Add(new(item, name, Text(field, ours), Text(field, theirs)));
        }
    }

    private static bool IsThere(FieldDescriptor field, IMessage message) => !field.HasPresence || field.Accessor.HasValue(message);

    private static TimeSpan Distance(Timestamp one, Timestamp other)
    {
        // In whole numbers of their own: what is no date at all can be sent, too.
        var nanoseconds = ((Int128)one.Seconds - other.Seconds) * 1_000_000_000 + one.Nanos - other.Nanos;
        return TimeSpan.FromTicks((long)Int128.Min(Int128.Abs(nanoseconds) / 100, long.MaxValue));
    }

    private static Dictionary<ListKey, List<IMessage>> ByKey(IList list) =>
        list.Cast<IMessage>().GroupBy(ListKey.Of).ToDictionary(group => group.Key, group => group.ToList());

    private static List<string> Sorted(FieldDescriptor field, IList list) =>
        [.. list.Cast<object>().Select(value => Text(field, value) ?? "").Order(StringComparer.Ordinal)];

    private static string? Text(FieldDescriptor field, object? value) => value switch
    {
        null => null,
        bool yes => yes ? "true" : "false",
        System.Enum word => field.EnumType.FindValueByNumber(Convert.ToInt32(word, CultureInfo.InvariantCulture))?.Name
            ?? Convert.ToInt32(word, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture),
        Timestamp date => date.ToString().Trim('"'),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}
