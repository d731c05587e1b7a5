using Microsoft.Extensions.Time.Testing;
using Sidecar.Actors.Cluster;

namespace Sidecar.Actors.Tests.Cluster;

public sealed class CertificateTurnsSpecs
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);
    private readonly FakeTimeProvider _time = new();
    private readonly CertificateTurns _it;

    public CertificateTurnsSpecs() => _it = new CertificateTurns(_time);

    [Fact]
    public void First_one_goes_at_once_and_each_other_15_s_after_the_one_before()
    {
        _it.IsDue(Third("first", "second", "third"), hasOther: true).Should().BeFalse();
        new CertificateTurns(_time).IsDue(Of("first", "first", "second", "third"), hasOther: true).Should().BeTrue();

        _time.Advance((2 * CertificateTurns.Apart) - Moment);
        _it.IsDue(Third("first", "second", "third"), hasOther: true).Should().BeFalse();

        _time.Advance(Moment);
        _it.IsDue(Third("first", "second", "third"), hasOther: true).Should().BeTrue();
    }

    [Fact]
    public void One_that_joins_anew_keeps_its_place_meanwhile()
    {
        _it.IsDue(Third("first", "second", "third"), hasOther: true).Should().BeFalse();

        _time.Advance(CertificateTurns.Apart + Moment);
        _it.IsDue(Third("third"), hasOther: true).Should().BeFalse("both before it are away");

        _time.Advance(CertificateTurns.Apart);
        _it.IsDue(Third("first", "third"), hasOther: true).Should().BeTrue();
    }

    [Fact]
    public void One_that_is_away_when_the_certificate_comes_keeps_its_place_too()
    {
        _it.IsDue(Third("first", "third"), hasOther: false).Should().BeFalse();

        _time.Advance(TimeSpan.FromSeconds(1));
        _it.IsDue(Third("third"), hasOther: true).Should().BeFalse();
    }

    [Fact]
    public void One_that_is_gone_keeps_no_place()
    {
        _it.IsDue(Third("first", "third"), hasOther: false).Should().BeFalse();

        _time.Advance(CertificateTurns.KeepsPlace);

        _it.IsDue(Third("third"), hasOther: true).Should().BeTrue();
    }

    [Fact]
    public void Certificate_that_is_taken_back_is_not_waited_for()
    {
        _it.IsDue(Third("first", "third"), hasOther: true).Should().BeFalse();
        _time.Advance(CertificateTurns.Apart);
        _it.IsDue(Third("first", "third"), hasOther: false).Should().BeFalse();

        _it.IsDue(Third("first", "third"), hasOther: true).Should().BeFalse("another one has its own time");
    }

    private static MemberView Third(params string[] members) => Of("third", members);

    private static MemberView Of(string self, params string[] members) =>
        new("sidecar", self, 1, NodePhase.Member, [.. members.Select(member => new MemberEntry(member, 1, "Up"))]);
}
