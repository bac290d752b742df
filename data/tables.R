# Tables 1 to 3 in R, in the paper's case and mended, with the flow and with the stock; in the average
# city ("average") and by 2SLS ("2sls"); and S of chapter 6, slopes of income of 2008 times common
# growth. Low and high are 95 % by province, se and p by city, clustered_se the usual ones by city.
# "eta": the elasticities of output to residents that are compatible with Model 1, stock, mended
# ("start": with income of 2008 times year held), the nearest one and the ends of the set.
# It needs no package, and the two files that the book offers: indicators.csv and cities.csv.
# Usage: Rscript tables.R [folder of the files]     -> a CSV on standard output

folder <- c(commandArgs(trailingOnly = TRUE), ".")[1]
panel <- merge(read.csv(file.path(folder, "indicators.csv")),
               read.csv(file.path(folder, "cities.csv")))
panel <- panel[order(panel$city_code, panel$year), ]

# Recounts of residents and moved borders, as the flags of a city-year say.
panel$moved <- grepl("boundary:resident_pop", panel$flags)
panel$event <- panel$moved | grepl("census_step:", panel$flags)
panel$border <- ave(panel$moved, panel$city_code, FUN = any)
panel$spell <- ave(as.integer(panel$event), panel$city_code, FUN = cumsum)

# IA, the share of industry over its mean in the year; income of 2008; log residents over those of
# 2008; and income of 2008 times the Belt's growth of output.
panel$ia <- with(panel, share_secondary / ave(share_secondary, year, FUN = function(s) mean(s, na.rm = TRUE)))
first <- panel$year == 2008
panel$start <- panel$reg[first][match(panel$city_code, panel$city_code[first])]
panel$people <- ave(ifelse(first, 0, log(panel$lm_flow_gross)), panel$city_code, FUN = cumsum)
panel$scale <- panel$start * exp(ave(log(panel$reg / panel$start) + panel$people, panel$year))

# All rows; or those of cities whose border stayed, with an effect of each city from each recount on.
rows_of <- function(case, reading) {
  rows <- transform(panel, unit = city_code)
  rows$lm <- rows[[paste0("lm_", reading)]]
  rows$lm_ia <- rows$lm * rows$ia
  if (case == "mended") {
    rows <- transform(rows, unit = paste(city_code, spell))[!rows$border, ]
    if (reading == "flow") rows <- rows[!rows$event, ] # such a flow compares two spells
  }
  for (name in c("lm", "ia", "lm_ia")) for (back in 1:2) {
    at <- match(paste(rows$unit, rows$year - back), paste(rows$unit, rows$year))
    rows[[paste0(name, back)]] <- rows[[name]][at]
  }
  rows
}

controls <- c("odi", "te", "gr", "rlr", "rissl")
more <- c("rdi", "edl")
three <- c("lm", "ia", "lm_ia")
columns <- list(
  model1 = list(c("lm", "ia")), model2 = list(c("lm_ia", controls)),
  "2008-2016" = list(three, years = 2008:2016), "2017-2023" = list(three, years = 2017:2023),
  upper = list(three, reach = "upper"), middle = list(three, reach = "middle"),
  lower = list(three, reach = "lower"))
average <- lapply(columns[3:7], c, average = TRUE)
names(average) <- paste(names(average), "average", sep = "|")
stages <- list("model1|2sls" = list(c("lm", "ia", more), z = c("lm1", "lm2", "ia1", "ia2", more)),
               "model2|2sls" = list(c("lm_ia", controls, more), z = c("lm_ia1", "lm_ia2", controls, more)))

# Without units and years that have one row: their own effect absorbs it.
connected <- function(rows, unit) {
  repeat {
    count <- function(key) ave(rows$year, rows[[key]], FUN = length)
    alone <- count(unit) == 1 | count("year") == 1
    if (!any(alone)) return(rows)
    rows <- rows[!alone, ]
  }
}

# The rows of a column that lack no value; for the average city LM and IA are about their means.
used <- function(rows, column) {
  if (!is.null(column$years)) rows <- rows[rows$year %in% column$years, ]
  if (!is.null(column$reach)) rows <- rows[rows$reach == column$reach, ]
  rows <- connected(rows[complete.cases(rows[c("reg", column[[1]], column$z)]), ], "city_code")
  if (is.null(column$average)) return(rows)
  rows[c("lm", "ia")] <- scale(rows[c("lm", "ia")], scale = FALSE)
  transform(rows, lm_ia = lm * ia)
}

# The jackknife CV3: sqrt((G - 1) / G * sum of squared differences) of estimates without each cluster.
cv3 <- function(cluster, whole, estimate) {
  without <- rbind(sapply(unique(cluster), function(name) estimate(cluster != name)))
  sqrt((1 - 1 / ncol(without)) * rowSums((without - whole)^2))
}

# Least squares, or 2SLS with z, with an effect of each unit (means taken out) and of each year
# (dummies). Errors: the jackknife by city and by province, t(G - 1), and clustered by city.
regression <- function(rows, terms, z = NULL) {
  rows <- connected(rows, "unit")
  within <- function(v) v - ave(v, rows$unit)
  design <- function(names) apply(model.matrix(reformulate(c(names, "factor(year)")), rows)[, -1], 2, within)
  x <- design(terms)
  tools <- if (is.null(z)) x else design(z)
  second <- function(keep, outcome)
    lm.fit(lm.fit(tools[keep, ], x[keep, ])$fitted.values, within(outcome)[keep])
  slopes <- function(keep) second(keep, rows$reg)$coefficients[terms]
  all <- rep(TRUE, nrow(rows))
  whole <- second(all, rows$reg)
  coef <- whole$coefficients[terms]
  by_city <- cv3(rows$city_code, coef, slopes)
  provinces <- length(unique(rows$province_en))
  by_province <- if (provinces < 10) NA * coef else cv3(rows$province_en, coef, slopes)
  half <- qt(0.975, provinces - 1) * by_province

  b <- ifelse(is.na(whole$coefficients), 0, whole$coefficients)
  rest <- within(rows$reg) - drop(x %*% b)
  explained <- lm.fit(tools, x)$fitted.values
  net <- lm.fit(explained[, -seq_along(terms)], explained[, terms])$residuals
  parts <- rowsum(net * rest, rows$city_code) %*% solve(crossprod(net))
  n <- nrow(rows)
  small <- nrow(parts) / (nrow(parts) - 1) * (n - 1) / (n - whole$rank - 1)
  left <- sum(rest^2) / (n - whole$rank - length(unique(rows$unit))) / var(rows$reg)
  p <- function(se, clusters) 2 * pt(-abs(coef / se), clusters - 1)
  data.frame(term = terms, coef, se = by_city, p = p(by_city, nrow(parts)), province_se = by_province,
             province_p = p(by_province, provinces), low = coef - half, high = coef + half,
             clustered_se = sqrt(small * colSums(parts^2)), nobs = n, adj_r2 = 1 - left,
             S = second(all, rows$scale)$coefficients[terms])
}

# Which elasticities are compatible with the slope of LM? In the Belt of an elasticity output rises
# by so many per cent with one per cent more residents; what is left of its growth is, in each year,
# on a line in log income of 2008. The gap of the slopes is jackknifed, and the lines anew, by province.
etas <- seq(-400, 400, 2) / 100
compatible <- function(rows, held = NULL) {
  rows <- connected(rows[complete.cases(rows[c("reg", "lm", "ia", "people")]), ], "unit")
  gap <- function(keep) {
    rows <- rows[keep, ]
    within <- function(v) v - ave(v, rows$unit)
    beside <- model.matrix(reformulate(c("ia", "factor(year)", held)), rows)[, -1]
    x <- lm.fit(apply(beside, 2, within), within(rows$lm))$residuals
    lines <- model.matrix(~ 0 + factor(year) / log(start), rows)
    on <- function(v) lm.fit(lines, v)$fitted.values
    base <- log(rows$start) + on(log(rows$reg / rows$start) + rows$people) - rows$people
    belts <- exp(base + outer(rows$people - on(rows$people), etas))
    drop(x %*% (rows$reg - belts)) / sum(x^2)
  }
  whole <- gap(rep(TRUE, nrow(rows)))
  critical <- qt(0.975, length(unique(rows$province_en)) - 1)
  outside <- abs(whole) > critical * cv3(rows$province_en, whole, gap)
  nearest <- etas[which.min(abs(whole))]
  below <- max(0, which(outside & etas < nearest))
  above <- min(length(etas) + 1, which(outside & etas > nearest))
  data.frame(term = "eta", coef = nearest, low = c(-Inf, etas[-1])[below + 1],
             high = c(NA, etas[-length(etas)], Inf)[above], nobs = nrow(rows))
}

if (sys.nframe() == 0) { # not where another script reads this one
  every <- c(columns, average, stages)
  lines <- list()
  for (case in c("paper", "mended")) for (reading in c("flow", "stock")) for (name in names(every)) {
    column <- every[[name]]
    found <- regression(used(rows_of(case, reading), column), column[[1]], column$z)
    lines[[length(lines) + 1]] <- cbind(case, reading, column = name, found)
  }
  lines <- do.call(rbind, lines)
  for (held in list(NULL, "factor(year):start")) {
    bar <- cbind(case = "mended", reading = "stock", column = c("model1", "model1|start")[1 + length(held)],
                 compatible(rows_of("mended", "stock"), held))
    lines <- merge(lines, bar, all = TRUE, sort = FALSE)
  }
  write.csv(format(lines, digits = 15, trim = TRUE), quote = FALSE, row.names = FALSE)
}
