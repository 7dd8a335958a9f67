const { map = "null", frame = "null", mapped } = document.body.dataset;
viewer(document.body).load(JSON.parse(map), { mapped: mapped !== undefined, frame: JSON.parse(frame) ?? undefined });
