using System.Runtime.InteropServices;
using HilBench.Notifiers;

namespace HilBench.Checking.Tests;

public sealed class CorrectDeviceTests
{
    private const ulong Va = 0x4000_0000;
    private const ulong Pa = 0x20_0000;

    [Test]
    public void Use_between_invalidate_request_and_completion_is_allowed()
    {
        var script = new CheckerScript();
        script.Grant(Va, Pa);
        script.Invalidate(Va);

        script.Write(Pa);
        script.Complete();

        Assert.That(script.Broken, Is.Empty);
    }

    [Test]
    public void A_page_that_was_asked_for_again_may_be_used_again()
    {
        var script = new CheckerScript();
        script.Grant(Va, Pa);
        script.InvalidateAndComplete(Va);

        script.Grant(Va, Pa);
        script.Read(Pa);

        Assert.That(script.Broken, Is.Empty);
    }

    [Test]
    public void A_translation_granted_while_the_old_one_dies_survives_the_completion()
    {
        var script = new CheckerScript();
        script.Grant(Va, Pa);
        script.Invalidate(Va);

        script.Grant(Va, Pa);
        script.Complete();
        script.Read(Pa);

        Assert.That(script.Broken, Is.Empty);
    }

    [Test]
    public void Neighbours_of_an_invalidated_page_stay_usable()
    {
        var script = new CheckerScript();
        script.Grant(Va, Pa);
        script.Grant(Va + 4096, Pa + 8192);

        script.InvalidateAndComplete(Va);
        script.Read(Pa + 8192);

        Assert.That(script.Broken, Is.Empty);
    }

    [Test]
    public void Another_pasids_translation_of_the_address_stays_usable()
    {
        var script = new CheckerScript();
        script.Grant(Va, Pa);
        script.Grant(Va, Pa + 4096, pasid: 6);

        script.InvalidateAndComplete(Va);
        script.Read(Pa + 4096);

        Assert.That(script.Broken, Is.Empty);
    }

    [Test]
    public void A_read_whose_data_came_back_before_the_completion_is_drained()
    {
        var script = new CheckerScript();
        script.Grant(Va, Pa);
        script.Read(Pa);
        script.Invalidate(Va);

        script.Data(9);
        script.Complete();

        Assert.That(script.Broken, Is.Empty);
    }

    [Test]
    public void A_reset_forgets_everything()
    {
        var script = new CheckerScript();
        script.Grant(Va, Pa);
        script.Invalidate(Va);

        script.Journal.Append(HilBench.Journal.JournalKind.DeviceReset, []);

        Assert.That(script.Broken, Is.Empty);
        script.Read(Pa);
        Assert.That(script.Broken, Does.Contain("ATS-TRN-001"), "nothing is granted after a reset");
    }

    [Test]
    public void Both_values_are_allowed_while_the_store_races_with_the_read()
    {
        foreach (var seen in (ulong[])[0x1111, 0x2222])
        {
            var script = new CheckerScript();
            var space = script.Process(CheckerScript.Pasid, Va, 0x1111);
            script.Start(Va);

            CheckerScript.Store(space, Va, 0x2222);
            script.Finish(seen, (uint)seen);

            Assert.That(script.Broken, Is.Empty, $"0x{seen:x}");
        }
    }

    [Test]
    public void The_old_value_is_forbidden_to_a_read_that_starts_after_the_store()
    {
        var script = new CheckerScript();
        var space = script.Process(CheckerScript.Pasid, Va, 0x1111);
        CheckerScript.Store(space, Va, 0x2222);

        script.Start(Va);
        script.Finish(0x1111, 0x1111);

        Assert.That(script.Broken, Is.EquivalentTo((string[])["ATS-TRN-005"]));
    }

    [Test]
    public void The_old_page_may_be_seen_until_munmap_returns_and_not_after()
    {
        var script = new CheckerScript();
        var space = script.Process(CheckerScript.Pasid, Va, 0x1111);
        var operation = space.Munmap(VirtualRange.OfSize(new VirtualAddress(Va), 4096));
        while (space.Tables.TryWalk(new VirtualAddress(Va), out _))
        {
            Assert.That(operation.Steps.MoveNext(), Is.True);
        }

        script.Start(Va);
        script.Finish(0x1111, 0x1111);
        Assert.That(script.Broken, Is.Empty, "the operation is open");

        operation.RunToEnd();
        script.Start(Va);
        script.Finish(0x1111, 0x1111);
        Assert.That(script.Broken, Is.EquivalentTo((string[])["ATS-TRN-005"]));
    }

    [Test]
    public void Writes_of_two_operations_to_one_page_at_once_may_end_in_either_order()
    {
        var script = new CheckerScript();
        script.Process(CheckerScript.Pasid, Va, 0);

        script.Start(Va, isWrite: true, slot: 0, seed: 1);
        script.Start(Va, isWrite: true, slot: 1, seed: 2);
        script.Finish(slot: 0);
        script.Finish(slot: 1);

        Assert.That(script.Broken, Is.Empty);
    }

    [Test]
    public void A_write_that_never_arrived_is_missed()
    {
        var script = new CheckerScript();
        script.Process(CheckerScript.Pasid, Va, 0);

        script.Start(Va, isWrite: true, seed: 7);
        script.Finish();

        Assert.That(script.Broken, Is.EquivalentTo((string[])["ATS-TRN-005"]));
    }

    [Test]
    public void Evidence_shows_the_grant_the_invalidation_its_completion_and_the_stale_read()
    {
        var script = new CheckerScript();
        script.Grant(Va, Pa, shift: 21);
        script.InvalidateAndComplete(Va + 0x5000);

        script.Read(Pa + 0x5000);

        var violation = script.Checker.Violations[0];
        var story = violation.Evidence.Where(line => line.IsKey).Select(line => line.Text).ToList();
        Assert.That(violation.Rule.Id, Is.EqualTo("ATS-INV-002"));
        Assert.That(story[0], Does.Contain("AT=TR"));
        Assert.That(story[1], Does.Contain("CplD"));
        Assert.That(story[2], Does.Contain("InvalidateRequest").And.Contain("0x40005000+4KiB"));
        Assert.That(story[3], Does.Contain("InvalidateCompletion"));
        Assert.That(story[4], Does.Contain("MRd").And.Contain("0x205000"));
    }

    [Test]
    public void Checking_allocates_nothing_in_steady_state()
    {
        var script = new CheckerScript();
        Loop(script, 200);

        var before = GC.GetAllocatedBytesForCurrentThread();
        script.Checker.Observe(script.Now, HilBench.Journal.JournalKind.TlpFromDevice, []);
        var violation = GC.GetAllocatedBytesForCurrentThread() - before;
        Replay(script);
        before = GC.GetAllocatedBytesForCurrentThread();
        Replay(script);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(violation, Is.Positive, "the counter counts");
        Assert.That(allocated, Is.Zero);
    }

    private readonly List<(HilBench.Journal.JournalKind Kind, byte[] Payload)> _recorded = [];

    private void Replay(CheckerScript script)
    {
        foreach (var (kind, payload) in CollectionsMarshal.AsSpan(_recorded))
        {
            script.Checker.Observe(script.Now, kind, payload);
        }
    }

    private void Loop(CheckerScript script, int times)
    {
        script.Journal.Subscribe(new Recorder(_recorded));
        for (var i = 0; i < times; i++)
        {
            var page = (ulong)(i % 50) * 4096;
            script.Grant(Va + page, Pa + page);
            script.Write(Pa + page);
            script.Read(Pa + page);
            script.Data(9);
            script.InvalidateAndComplete(Va + page);
        }
    }

    private sealed class Recorder(List<(HilBench.Journal.JournalKind Kind, byte[] Payload)> lines) : HilBench.Journal.IJournalObserver
    {
        public void Observe(ulong time, HilBench.Journal.JournalKind kind, ReadOnlySpan<byte> payload) => lines.Add((kind, payload.ToArray()));
    }
}
