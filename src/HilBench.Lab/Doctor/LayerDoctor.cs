using HilBench.Journal;
using HilBench.Links;

namespace HilBench.Lab;

/// <summary>
/// Goes the way to a board layer by layer, and says which is the first that fails. Nothing on the board is changed.
/// </summary>
/// <param name="driver">Looks at the driver.</param>
/// <param name="open">Opens the carrier; the link has no session yet.</param>
/// <param name="askDevice">Asks the device for a sign of life over a link with a session, which it may end; says what it saw.</param>
/// <param name="time">The clock.</param>
public sealed class LayerDoctor(DriverCheck driver, Func<HostLink> open, Func<HostLink, string> askDevice, TimeProvider time)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    /// <summary>All layers in order; behind the first that fails, none is reached.</summary>
    /// <param name="carrier">The carrier's URI.</param>
    public IReadOnlyList<LayerFinding> Examine(string carrier)
    {
        var findings = new List<LayerFinding> { driver.Examine(carrier) };
        if (findings[0].Status != LayerStatus.Failed)
        {
            GoOn(carrier.Split('?')[0], findings);
        }

        var last = findings[^1].Layer;
        findings.AddRange(Enum.GetValues<DoctorLayer>().Where(layer => layer > last).Select(layer => new LayerFinding(layer, LayerStatus.NotReached, "")));
        return findings;
    }

    private void GoOn(string carrier, List<LayerFinding> findings)
    {
        HostLink link;
        try
        {
            link = open();
        }
        catch (BenchException e)
        {
            Fail(findings, LayerOf(e), e);
            return;
        }

        using (link)
        {
            Pass(findings, DoctorLayer.Permission, $"{carrier} can be opened");
            Pass(findings, DoctorLayer.Cable, "something is at its end");
            try
            {
                link.Open();
            }
            catch (BenchException e)
            {
                var isVersion = link.EndedBy == SessionEnd.RefusedVersion;
                Fail(findings, isVersion ? DoctorLayer.Protocol : e.Layer == BenchLayer.Cable ? DoctorLayer.Cable : DoctorLayer.Link, e);
                return;
            }

            Pass(findings, DoctorLayer.Link, $"{link.Board.Name} {link.Board.Version} answers");
            Pass(findings, DoctorLayer.Protocol, $"version {LinkLimits.Version}");
            AskBoard(link, findings);
        }
    }

    private void AskBoard(HostLink link, List<LayerFinding> findings)
    {
        try
        {
            if (!TryShim(link, findings))
            {
                return;
            }
        }
        catch (BenchException e)
        {
            Fail(findings, DoctorLayer.Shim, e);
            return;
        }

        try
        {
            var control = new BoardControl(link, time);
            if (control.Can(BoardFeatures.Control) && control.ReadState() is var state && Trouble(state) is { } trouble)
            {
                findings.Add(new(DoctorLayer.Device, LayerStatus.Failed, trouble, "Switch it on: bin/hilbench board power on --device URI"));
                return;
            }

            Pass(findings, DoctorLayer.Device, askDevice(link));
        }
        catch (BenchException e)
        {
            Fail(findings, DoctorLayer.Device, e);
        }
    }

    private static bool TryShim(HostLink link, List<LayerFinding> findings)
    {
        var board = link.Board;
        if (board.Features.HasFlag(BoardFeatures.Bridge))
        {
            if (!BoardIdentity.TryRead(link.Request([(byte)BoardOperation.Describe, 1], _patience), out var behind))
            {
                findings.Add(new(
                    DoctorLayer.Shim, LayerStatus.Failed,
                    "what lies behind the bridge says nothing of itself", "Configure the FPGA with a bitstream of this release."));
                return false;
            }

            board = behind;
        }

        if (!board.Features.HasFlag(BoardFeatures.Device))
        {
            findings.Add(new(
                DoctorLayer.Shim, LayerStatus.Failed,
                $"{board.Name} has no device", "This board can be controlled, but not tested: is the FPGA configured?"));
            return false;
        }

        Pass(findings, DoctorLayer.Shim, board == link.Board
            ? "the board stands in front of the device itself"
            : $"{board.Name} {board.Version} lies behind the bridge");
        return true;
    }

    private static string? Trouble(BoardState state) =>
        !state.IsPowered ? state.Fault == BoardEvent.None ? "its rails are off" : $"its rails are off, because of {state.Fault}"
        : !state.IsDevicePresent ? "no device is plugged in"
        : !state.IsReferenceClockOn ? "its reference clock stands"
        : !state.IsPerstReleased ? "it is held in reset (PERST#)"
        : null;

    private static DoctorLayer LayerOf(BenchException e) => e.Layer switch
    {
        BenchLayer.Host => DoctorLayer.Driver,
        BenchLayer.Permission => DoctorLayer.Permission,
        BenchLayer.Cable => DoctorLayer.Cable,
        _ => DoctorLayer.Link,
    };

    private static void Pass(List<LayerFinding> findings, DoctorLayer layer, string found) => findings.Add(new(layer, LayerStatus.Good, found));

    // A layer that was taken for good turns out to be the one that fails.
    private static void Fail(List<LayerFinding> findings, DoctorLayer layer, BenchException e)
    {
        findings.RemoveAll(finding => finding.Layer >= layer);
        for (var before = (DoctorLayer)findings.Count; before < layer; before++)
        {
            findings.Add(new(before, LayerStatus.Good, before == DoctorLayer.Permission ? "nothing keeps you from it" : ""));
        }

        findings.Add(new(layer, LayerStatus.Failed, e.What, e.Advice));
    }
}
