using HilBench.Pcie;

namespace HilBench.Devices.Contract;

/// <summary>Page Requests, responses and Stop Markers as docs/exerciser.md and ats-rules B.10 want them.</summary>
public abstract class PageRequestContract : InvalidationContract
{
    private const uint Status = PageRequestCapability.ResponseFailure
        | PageRequestCapability.UnexpectedPrgIndex
        | PageRequestCapability.Stopped;

    private static readonly Pasid _pasid = new(0x12345);

    private static Operation Read(ulong address) => Operation.Read(address, 4) with { AsksForPages = true };

    [Test]
    public void A_missing_page_is_asked_for_and_used_after_Success()
    {
        var host = Host().EnableAll();
        var operation = Operation.Write(Va, 4) with { AsksForPages = true, Pasid = _pasid, TrafficClass = 2 };
        host.Start(3, operation);

        var request = host.AwaitPageRequest().View;
        host.Map(Va, Pa, pasid: _pasid);
        host.Respond(3, pasid: _pasid);
        var result = host.Finish(3);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((request.PageAddress, request.PrgIndex, request.IsLastOfGroup), Is.EqualTo((Va, 3, true)));
            Assert.That((request.WantsRead, request.WantsWrite, request.TrafficClass), Is.EqualTo((false, true, 2)));
            Assert.That(request.PrefixOrNull?.Pasid, Is.EqualTo(_pasid));
            Assert.That((result.Error, host.Translated.Single().Address), Is.EqualTo((0, Pa)));
        }
    }

    [Test]
    public void Two_missing_pages_are_one_group_with_L_on_the_second()
    {
        var host = Host().EnableAll();
        host.Start(0, Operation.Read(Va + 0xF00, 512) with { AsksForPages = true, TranslationsLog2 = 3 });
        host.Run(300);
        host.Map(Va, Pa);
        host.Map(Va + 0x1000, Pa + 0x1000);
        host.Respond(0);

        var result = host.Finish(0);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                host.PageRequests.Select(t => (t.View.PageAddress, t.View.IsLastOfGroup)),
                Is.EqualTo([(Va, false), (Va + 0x1000, true)]));
            Assert.That((result.Error, result.Dws), Is.EqualTo((0, 128)));
        }
    }

    [TestCase(PrgResponseCode.InvalidRequest, 7, 0u)]
    [TestCase(PrgResponseCode.ResponseFailure, 8, PageRequestCapability.ResponseFailure)]
    [TestCase((PrgResponseCode)2, 8, PageRequestCapability.ResponseFailure)]
    public void Another_answer_than_Success_ends_the_operation(PrgResponseCode code, int error, uint status)
    {
        var host = Host().EnableAll();
        host.Start(0, Read(Va));
        host.AwaitPageRequest();
        host.Respond(0, code);

        var result = host.Finish(0);

        Assert.That((result.Error, host.ReadConfiguration(0x124) & Status), Is.EqualTo((error, status)));
    }

    [Test]
    public void After_a_Response_Failure_nothing_is_asked_until_PRI_is_enabled_anew()
    {
        var host = Host().EnableAll();
        host.Start(0, Read(Va));
        host.Start(1, Read(Va + 0x1000));
        host.Run(300);
        host.Respond(0, PrgResponseCode.ResponseFailure);
        var waiting = host.Finish(1).Error;
        var failed = host.Do(2, Read(Va)).Error;
        host.Respond(1);
        host.Run(50);
        var status = host.ReadConfiguration(0x124) & Status;
        var asked = host.PageRequests.Count();

        host.WriteConfiguration(0x124, 0);
        host.WriteConfiguration(0x124, PageRequestCapability.ResponseFailure | PageRequestCapability.Enable);
        host.Start(2, Read(Va));
        host.Run(300);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((waiting, failed, asked), Is.EqualTo((8, 8, 2)));
            Assert.That(status, Is.EqualTo(PageRequestCapability.ResponseFailure));
            Assert.That(host.PageRequests.Count(), Is.EqualTo(3));
            Assert.That(host.ReadConfiguration(0x124) & Status, Is.Zero);
        }
    }

    [Test]
    public void The_fourth_Success_that_brings_no_access_ends_the_operation()
    {
        var host = Host().EnableAll();
        host.Start(0, Read(Va));
        for (var i = 0; i < 4; i++)
        {
            host.Run(300);
            host.Respond(0);
        }

        var result = host.Finish(0);

        Assert.That((result.Error, host.PageRequests.Count()), Is.EqualTo((1, 4)));
    }

    [TestCase(1)]
    [TestCase(8)]
    [TestCase(511)]
    public void A_response_for_nothing_sets_Unexpected_PRG_Index_only(int index)
    {
        var host = Host().EnableAll();
        host.Start(0, Read(Va));
        host.AwaitPageRequest();

        host.Respond(index);
        host.Run(100);
        var status = host.ReadConfiguration(0x124) & Status;
        var isBusy = host.Result(0).IsBusy;
        host.WriteConfiguration(0x124, PageRequestCapability.UnexpectedPrgIndex | PageRequestCapability.Enable);

        Assert.That(
            (status, isBusy, host.ReadConfiguration(0x124) & Status),
            Is.EqualTo((PageRequestCapability.UnexpectedPrgIndex, true, 0u)));
    }

    [Test]
    public void Allocation_bounds_what_is_out()
    {
        var host = Host().EnableAll(allocation: 2);
        for (var slot = 0; slot < 4; slot++)
        {
            host.Start(slot, Read(Va + (0x1000 * (ulong)slot)));
        }

        host.Run(500);
        var first = host.PageRequests.Count();
        host.Respond(host.PageRequests.First().View.PrgIndex, PrgResponseCode.InvalidRequest);
        host.Run(300);

        Assert.That((first, host.PageRequests.Count()), Is.EqualTo((2, 3)));
    }

    [Test]
    public void Without_allocation_or_PRI_a_missing_page_is_error_8()
    {
        var host = Host().EnableAll(allocation: 0);
        var withoutAllocation = host.Do(0, Read(Va)).Error;
        host.WriteConfiguration(0x12C, 1);
        host.WriteConfiguration(0x124, 0);
        var withoutPri = host.Do(0, Read(Va)).Error;

        Assert.That((withoutAllocation, withoutPri, host.PageRequests.Count()), Is.EqualTo((8, 8, 0)));
    }

    [Test]
    public void Clearing_Enable_lets_what_is_out_be_answered_then_it_is_Stopped()
    {
        var host = Host().EnableAll();
        host.Start(0, Read(Va));
        host.AwaitPageRequest();
        host.WriteConfiguration(0x124, 0);
        var before = host.ReadConfiguration(0x124) & PageRequestCapability.Stopped;
        host.Map(Va, Pa);
        host.Respond(0);
        var result = host.Finish(0);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((before, result.Error), Is.EqualTo((0u, 0)));
            Assert.That(host.ReadConfiguration(0x124) & PageRequestCapability.Stopped, Is.Not.Zero);
        }
    }

    [Test]
    public void Reset_forgets_what_is_out()
    {
        var host = Host().EnableAll();
        host.Start(0, Read(Va));
        host.AwaitPageRequest();
        host.WriteConfiguration(0x124, 0);
        host.WriteConfiguration(0x124, PageRequestCapability.Reset);

        var result = host.Finish(0);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Error, Is.EqualTo(8));
            Assert.That(host.ReadConfiguration(0x124) & Status, Is.EqualTo(PageRequestCapability.Stopped));
        }
    }

    [Test]
    public void PAGE_STOP_ends_the_operations_of_the_PASID_and_sends_a_Stop_Marker_behind_their_requests()
    {
        var host = Host().EnableAll();
        host.Start(0, Read(Va) with { Pasid = _pasid });
        host.Start(1, Read(Va) with { Pasid = new Pasid(7) });
        host.Run(300);
        host.WriteBar(0x028, _pasid.Value);

        var stopped = host.Finish(0).Error;
        var isOtherBusy = host.Result(1).IsBusy;
        host.Respond(0, PrgResponseCode.Success, pasid: _pasid);
        host.Run(100);

        var marker = host.PageRequests.Last().View;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((stopped, isOtherBusy), Is.EqualTo((9, true)));
            Assert.That((marker.IsStopMarker, marker.Prefix.Pasid, marker.TrafficClass), Is.EqualTo((true, _pasid, 0)));
            Assert.That(host.ReadConfiguration(0x124) & Status, Is.Zero, "the late response is expected");
            Assert.That(host.PageRequests.Count(), Is.EqualTo(3));
        }
    }

    [Test]
    public void A_slot_sends_no_second_group_before_the_first_is_answered()
    {
        var host = Host().EnableAll();
        host.Start(0, Read(Va) with { Pasid = _pasid });
        host.AwaitPageRequest();
        host.WriteBar(0x028, _pasid.Value);
        host.Finish(0);
        host.Start(0, Read(Va + 0x5000));
        host.Run(500);
        var before = host.PageRequests.Count(t => !t.View.IsStopMarker);

        host.Respond(0, PrgResponseCode.InvalidRequest, pasid: _pasid);
        host.Run(300);

        Assert.That((before, host.PageRequests.Count(t => !t.View.IsStopMarker)), Is.EqualTo((1, 2)));
    }

    [Test]
    public void Without_Bus_Master_Enable_what_waits_ends_with_error_5()
    {
        var host = Host().EnableAll();
        host.Start(0, Read(Va));
        host.AwaitPageRequest();
        host.WriteConfiguration(ConfigurationRegister.CommandStatus, ConfigurationRegister.MemorySpaceEnable);

        var result = host.Finish(0);

        Assert.That((result.Error, host.PageRequests.Count()), Is.EqualTo((5, 1)), host.LogText());
    }

    [Test]
    public void No_Stop_Marker_is_sent_without_Bus_Master_Enable()
    {
        var host = Host().EnableAll();
        host.WriteConfiguration(ConfigurationRegister.CommandStatus, ConfigurationRegister.MemorySpaceEnable);

        host.WriteBar(0x028, _pasid.Value);
        host.Run(500);

        Assert.That(host.PageRequests, Is.Empty, host.LogText());
    }

    [Test]
    public void No_Stop_Marker_is_sent_without_PASID_Enable()
    {
        var host = Host().EnableAll();
        host.WriteConfiguration(0x114, 0);

        host.WriteBar(0x028, _pasid.Value);
        host.Run(500);

        Assert.That(host.PageRequests, Is.Empty, host.LogText());
    }

    [Test]
    public void An_invalidation_between_request_and_response_is_completed_at_once()
    {
        var host = Host().EnableAll();
        host.Start(0, Read(Va));
        host.AwaitPageRequest();

        host.InvalidateAndWait(AtsRange.Page(Va), 3);

        Assert.That(host.Result(0).IsBusy, Is.True);
    }
}
